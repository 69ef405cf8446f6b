"""The words of bylines in the languages of Europe and some more: by-words, roles, desks, papers, places.

All are lower case, as `str.casefold` makes them.
"""

from __future__ import annotations


def _words(text: str, separator: str = " ") -> frozenset[str]:
    return frozenset(text.split(separator))


# By-words

#: Words for "by" that are nothing else at the beginning of a byline.
BY = "by|von|por|door|przez|від|kirjoittanut|από τον|από την|από το|από|автор|автора|авторы|بقلم|כתב|מאת"
#: Words for "by" that are first names as well: they count only before a full name.
BY_OR_NAME = (
    "napisała?|napsala?|opracowała?|беседовала?|подготовила?|записала?|του|της|γράφει [οη]|كتبت?|írta|撰文|tác giả|autor textu"
    "|a cura di|dal nostro inviato|dalla nostra inviata|oprac\\.|about|follow|contact|meet|copyright|di|par|oleh|na|av|af|od|od autora|de la part de|text|tekst|testo|texto|texte"
)
#: Labels before a name: with "by", or with a colon (of "text" and its like see `MADE`).
LABELS = (
    "authors?|autore?|autor(?:en|a|as|es|i|in|innen|ka)?|autorzy|auteure?s?|autrice|author\\(s\\)|verfasser(?:in)?"
    "|forfatter|författare|skribent|kirjoittaja|szerző|yazar|yazan|haber|penulis|συντάκτης|автор|авторы|автори"
    "|作者|撰文|记者|記者|本报记者|post author|written by|contributor|contributors|reporter|journalist"
)
#: What is said before a by-word: "Veröffentlicht von", "Ein Gastbeitrag von", "Posted by".
MADE = (
    "written|posted|published|submitted|uploaded|created|added|contributed|reported|told|words|text|texts|texte|story|stories"
    "|reporting|writing|report|article|articles|posts|analysis|review|interview|opinion|exclusive|column|commentary|comment|essay"
    "|feature|guest post|guest essay|dispatch|letter|blog|veröffentlicht|erstellt|geschrieben|verfasst|protokoll|ein|eine|beitrag"
    "|gastbeitrag|gastkommentar|kommentar|analyse|essay|reportage|kolumne|porträt|rezension|bericht|artikel|écrit|publié|rédigé|posté"
    "|propos recueillis|recueilli|article|escrito|publicado|redactado|texto|scritto|pubblicato|testo|articolo|di|geschreven|gepubliceerd"
    "|geplaatst|skrevet|skriven|publisert|publicerad|publicerat|udgivet|tekst|napisane|napisał|napisała|opublikowane|opublikował|opublikowała"
    "|autorstwa|ditulis|текст|текста"
)
AND = "and|with|und|et|och|og|oraz|plus|és|și|şi|και"
#: Words for "and" that are so short, or so much else, that full names have to stand on both sides.
SHORT_AND = "y|e|i|a|и|й|і|та|ja|ve|en|un|ir|dan|na|và|และ|और|و|u|ja"

# Roles

#: Names of things made -> the role of who made them; what is not here makes an author.
ROLES_OF_WORKS = {
    role: _words(works, "|")
    for role, works in {
        "photos": "photo|photos|photograph|photographs|photography|photographed|picture|pictures|image|images|foto|fotos|fotografía"
        "|fotografías|fotografía|fotografie|fotografia|fotografías|photographies|photographie|bild|bilder|bilde|billeder|kuva|kuvat"
        "|zdjęcia|zdjęcie|fot|фото|фотографии|写真|撮影|摄影|사진|photographer|photographers|photojournalist|fotograf|fotografin"
        "|fotógrafo|fotógrafa|photographe|fotografo|fotografe|valokuvaaja",
        "editing": "edited|editing|edición|editado|édité|bearbeitet|redigiert|redigering|redigert|编辑|責任編集",
        "video": "video|videos|vidéo|vídeo|film|filmed|camera|kamera|videographer|видео",
        "illustration": "illustration|illustrations|illustrated|illustrator|illustratorin|graphic|graphics|graphik|grafik|infographic"
        "|infographics|cartoon|drawings|art|ilustración|illustrazione|illustrazioni|illustratie|ilustracje|ilustração|dessin|dessins",
        "translation": "translated|translation|translator|übersetzt|übersetzung|übersetzer|übersetzerin|traducción|traducido|traductor"
        "|traductora|traduction|traduit|traducteur|traductrice|traduzione|tradotto|traduttore|tradução|vertaling|vertaald|tłumaczenie"
        "|tłumaczył|tłumaczyła|översättning|oversættelse|oversettelse|перевод|перевел|перевела|翻译|翻訳|مترجم|ترجمة|ترجمه|תרגום",
        "compilation": "compiled|compilation|compiler|collated|zusammengestellt|compilado",
        "production": "produced|production|producer|producers|producción|produktion",
        "research": "research|researched|researcher|recherche|recherchen",
        "fact-checking": "fact-checked|fact-checking|fact checked|fact checking|faktencheck",
        "audio": "audio|narrated|narration|read",
        "additional reporting": "mitarbeit|collaboration|colaboración|mitwirkung",
    }.items()
}  # fmt: skip
ROLE_OF_WORK = {work: role for role, works in ROLES_OF_WORKS.items() for work in works}
#: Names of works whose maker is the author, where they stand beside those above: "Words and photos by".
WORKS_OF_AUTHORS = _words(
    "reporting|writing|words|text|texts|texte|story|stories|report|article|analysis|written|reported|review|interview|texto|testo|tekst|текст|文"
    "|beitrag|opinion|essay|column|reportage|teksti|tekstit",
    "|",
)
#: Work that adds to that of the authors: "additional reporting by".
ADDITIONAL = "additional|further|added|extra|zusätzliche|weitere"

#: Nouns for what a person is, before or after the name.
ROLES = _words(
    "editor editors correspondent correspondents reporter reporters writer writers columnist columnists"
    " journalist journalists producer photographer analyst contributor contributors bureau staff desk"
    " newsroom newsdesk team chief intern author authors commentator critic presenter agencies agency"
    " redaktion redakteur redakteurin korrespondent korrespondentin redacción rédaction redazione"
    " redactie editorial webdesk admin administrator blogger anchor broadcaster essayist cartoonist fellow"
    " volontär volontärin journalistin reporterin chefredakteur chefredakteurin ressortleiter ressortleiterin autor autorin"
    " gastautor gastautorin mitarbeiter mitarbeiterin periodista corresponsal redactor redactora colaborador colaboradora"
    " enviado enviada journaliste correspondant correspondante envoyé envoyée spécial spéciale rédacteur rédactrice"
    " giornalista corrispondente inviato inviata redattore redattrice verslaggever verslaggeefster redacteur correspondente"
    " repórter jornalista dziennikarz dziennikarka redaktor redaktorka korespondent korespondentka kommentator journalister reporter"
    " muhabir muhabiri editör editörü yazar yazarı toimittaja novinář novinářka redaktorka журналист журналистка корреспондент"
    " корреспондентка обозреватель редактор кореспондент"
    " photojournalist illustrator translator videographer researcher specialist strategist fotograf fotografin"
    " redaktionen redaksjonen redakce redakcja редакция toimitus szerkesztőség"
)  # fmt: skip
ROLE_QUALIFIERS = _words(
    "political politics foreign diplomatic defence defense security home health science business economics"
    " economic economy environment environmental education sports sport technology tech senior deputy assistant associate"
    " contributing special chief national international world europe european white house crime court courts"
    " legal law local royal social affairs media culture cultural arts city night managing executive news guest"
    " investigations investigative global data digital our own from the a an freelance freelancer former religion"
    " transport energy climate industry u.s us uk eu un u.n washington metro state statehouse capitol capital congressional"
    " consumer finance financial money markets market personal lead junior principal general assignment features feature"
    " lifestyle entertainment film music theatre theater books book food travel fashion art tv television"
    " football soccer cricket rugby tennis golf baseball basketball hockey racing motorsport olympics"
    " asia africa china india russia ukraine moscow berlin paris london brussels beijing tokyo jerusalem middle east"
    " commodities oil farm agriculture housing property retail banking insurance aviation automotive cyber labor labour"
    " union breaking trending live weekend sunday opinion opinions columns audience engagement multimedia video photo visual"
    " community county regional rural northern southern north south west western eastern england scotland wales"
    " times post herald tribune gazette chronicle journal star sun globe mail daily weekly today press"
    " freier freie especial chef leitender leitende politischer politische unser unsere ständiger nuestro nuestra notre nostro onze vår vores и nasz"
    " is of"
)  # fmt: skip
#: As the last word of a piece they are a part of a paper, whatever stands before: "Web Desk", "Coast Post Staff".
DESKS = _words(
    "desk desks webdesk newsdesk newsroom team teams staff board bureau service services agencies wires department"
    " newsteam redaktion redaktionen redaksjonen redakce redakcja redactie redazione rédaction redacción redação редакция"
    " toimitus szerkesztőség newswire newswires reporters correspondents editors contributors writers members member employees reports report"
)
ORGANISATION_WORDS = _words(
    "news newspaper newspapers magazine online media tv radio gmbh ltd inc llc corporation institute"
    " university foundation committee ministry department council agency agencies press-agency"
    " anonymous unknown n/a none null undefined newsletter website channel network networks association federation"
    " editorial newswire newswires digital times tribune gazette chronicle inquirer examiner telegraph bulletin dispatch"
    " journal review daily weekly today herald broadcasting verlag zeitung tageszeitung nachrichten presse rundschau"
    " allgemeine anzeiger abendblatt morgenpost kurier diario periódico noticias agencia giornale corriere"
    " notizie agenzia agence jornal notícias agência krant dagblad dagbladet tidningen tidende nieuws gazeta dziennik"
    " shimbun sanomat газета новости агентство"
    " corp corp. plc pty company companies group holdings enterprises solutions technologies software systems consulting"
    " marketing communications productions publishing publications publishers design designs webdesign studio studios hosting themes"
)  # fmt: skip
#: Nouns that are names of many papers, and family names too: they count where a name stands before.
MAYBE_PAPERS = _words(
    "post star sun mail globe mirror sentinel bee record express standard independent guardian observer echo argus mercury"
    " courier press world temps soir mundo nation republic advocate leader citizen reporter reader register ledger banner"
    " beacon pioneer monitor"
)
#: Words that begin what is not the name any more. They are compared as they are: a capital makes a name of them.
CUT_BEFORE = _words(
    "in for at from via on of aus für para pour bei reports reporting is was has who covers writes joined lives works"
    " aka u.a u.a. al. yazdı ist schreibt arbeitet em til für à till hos dla em na dans chez voor uit desde w z из para about"
)
#: Works and other words that are no first name, as Art and Story are.
NO_FIRST_NAMES = _words(
    "business deutsche "
    "text texts texte texto testo tekst ressort words photo photos foto fotos image images picture pictures bild bilder video videos"
)
#: How a desk or an agency ends in scripts that write without blanks.
UNSPACED_DESKS = (
    "編集部", "編集局", "編集室", "取材班", "编辑部", "編輯部", "通信社", "通讯社", "通訊社", "新闻", "新聞", "新聞社", "뉴스팀", "취재팀", "편집부", "편집국", "디지털팀",
    "뉴스", "일보", "신문",
)  # fmt: skip
#: Words before the place that an author writes from: "João da Silva, do Rio".
BEFORE_PLACES = _words("do da de em no na à en aus du des")
#: Words for "and" that were left without a second name.
LEFT_OVER = _words("and und et y e och og i with")
#: The same after two words, whatever the case: "Jane Doe For The Paper", "Jane Doe Special to the Paper".
CUT_AFTER_NAME = _words(
    "the our unser nuestro for from with special follow view profile bio contact subscribe share email"
)
#: Words for "the" that are no first name: with one word more they are a paper.
ONLY_ARTICLES = _words("the la les el los las il die das der het")
#: First names in Spanish and Portuguese, after which two family names are one person: "García Márquez, Gabriel".
FIRST_NAMES = _words(
    "adriana agustín alberto alejandra alejandro alfonso alfredo alicia álvaro ana andrea andrés ángel ángela antonia antonio arturo beatriz"
    " bernardo camila carla carlos carmen carolina catalina cecilia césar clara claudia consuelo cristina daniel daniela david diana diego"
    " dolores eduardo elena emilio enrique ernesto esteban eva federico felipe fernanda fernando francisca francisco gabriel gabriela gerardo"
    " gonzalo guadalupe guillermo gustavo héctor hugo ignacio inés isabel iván jaime javier jesús joaquín jorge josé josefina juan juana juana"
    " julia julián julio laura leonardo leticia lorena lucas lucía luis luisa manuel manuela marcela marcos margarita maría mariana mario"
    " marta martín mateo mauricio mercedes miguel mónica natalia nicolás nuria octavio óscar pablo patricia paula pedro pilar rafael ramón"
    " raquel raúl ricardo roberto rocío rodrigo rosa rubén salvador santiago sara sebastián sergio silvia sofía sonia susana teresa tomás"
    " valentina vanesa verónica vicente víctor victoria virginia ximena yolanda joão joana paulo luiz tiago inês antónio antônio"
)
#: Short family names, which some write in capitals after the first names: "Min Jun LEE", "Anne Marie ROUX".
SHORT_FAMILY_NAMES = _words(
    "kim lee park choi jung kang cho yoon jang lim han shin seo kwon ahn song hong yoo bae baek nam noh oh liu chen yang wang zhao zhou zhu guo lin gao"
    " luo tang feng cao zeng peng xiao jia yuan fang qian shi tan ngo bui dang tran phan pham doan roux roy noel rey levy cruz ruiz gil leon paz diaz"
    " vega sosa luna wolf haas beck lang voss kuhn koch ott may day fox king wood hill bell cook ward cole dean shaw rose nagy"
)
#: Words for "the" before the name of a paper.
ARTICLES = _words("the le la les el los il lo der die das de het den")

# Persons

TITLES = _words(
    "dr dr.in prof professor mr mrs ms miss sir dame rev reverend fr hon rt lt gen col sgt capt cpl maj adm cmdr sen rep gov mag dipl.-ing"
    " ing sra sr.a srta doña dott dott.ssa avv ing mme mlle mgr msgr herr frau dra arq lic д-р"
    " former lady lord heer mevrouw bundesminister"
)
#: What follows a title and is a part of it: "Dr. phil.".
AFTER_TITLES = _words("med jur phil habil h.c rer nat ing")
#: Those that are no name when all is in capitals.
CLEAR_DEGREES = _words("phd ph.d mbe obe cbe kbe dbe mph mba llm msc dphil")
DEGREES = _words(
    "kbe dbe gbe cmg dcb bem md m.d phd ph.d dphil esq mba msc ma ba bsc llm llb jd j.d dds rn cpa mbe obe cbe kc qc mp mep rd dvm ll.m m.a b.a m.sc b.sc mph frs bt"
)
PARTICLES = _words(
    "zum zur af av bint abu e dal dalla degli san ap 't op te auf d von und zu em dello delle dei lo las los vom zur"
)

#: Places that look like a first and a last name.
PLACES = _words(
    "new york|los angeles|san francisco|san diego|las vegas|washington dc|washington d.c|hong kong"
    "|new delhi|tel aviv|addis ababa|buenos aires|mexico city|são paulo|sao paulo|kuala lumpur"
    "|cape town|rio de janeiro|abu dhabi|saudi arabia|sri lanka|south africa|south korea|north korea"
    "|new zealand|united states|united kingdom|united nations|northern ireland|west bank|gaza city"
    "|kuwait city|st petersburg|st. petersburg|phnom penh|ho chi minh city|the hague|den haag"
    "|white house|capitol hill|el paso|san juan|santo domingo|san salvador|port moresby|puerto rico"
    "|new orleans|salt lake city|panama city|vatican city|middle east|el salvador|costa rica"
    "|new jersey|new mexico|new hampshire|north carolina|south carolina|north dakota|south dakota|west virginia|rhode island"
    "|nueva york|nova york|ciudad de méxico|nueva delhi|la paz|san josé|san jose|santa fe|santa cruz|palm beach|long beach"
    "|san antonio|fort worth|kansas city|oklahoma city|baton rouge|des moines|saint paul|st. paul|st. louis|st louis|fort lauderdale"
    "|east jerusalem|tel-aviv|ramat gan|mar del plata|belo horizonte|porto alegre|novi sad|bad homburg|baden baden|czech republic"
    "|western australia|south australia|new south wales|british columbia|nova scotia|prince edward island|new brunswick|dar es salaam"
    "|burkina faso|sierra leone|ivory coast|papua new guinea|ulan bator|quezon city|tai pei|new taipei|nay pyi taw|port au prince",
    "|",
)
#: Cities from which much is reported: in capitals, or where a comma stands before, they end a name.
CITIES = _words(
    "london paris berlin washington moscow beijing tokyo brussels geneva rome madrid vienna kyiv kiev jerusalem cairo beirut ankara istanbul"
    " baghdad tehran kabul islamabad delhi mumbai dhaka bangkok jakarta manila singapore sydney melbourne canberra wellington ottawa toronto"
    " chicago boston houston dallas seattle detroit miami atlanta philadelphia nairobi lagos johannesburg pretoria harare dakar"
    " lisbon dublin edinburgh belfast oslo stockholm copenhagen helsinki warsaw prague budapest athens zurich frankfurt munich hamburg"
    " seoul taipei hanoi lima bogota caracas santiago havana brasilia damascus riyadh dubai doha kampala kigali khartoum"
)
#: Sections that look like a first and a last name.
SECTIONS = _words(
    "real estate|personal finance|human interest|public health|true crime|local politics|current affairs|foreign affairs|middle east"
    "|breaking news|top stories|latest news|home page|small business|big tech|food & drink|long read|long reads|special report"
    "|featured stories|mwandishi wetu|guest"
    "|sponsored|advertorial|ai|automated|letters to the editor|guest column|guest author|guest writer|guest post|no author|not available|press release"
    "|sponsored content|paid content|partner content|site admin|super user|web admin|read more|share this|haber merkezi|advertisement|name withheld|name supplied|a reader|his grace",
    "|",
)
