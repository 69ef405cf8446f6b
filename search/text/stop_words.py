"""Words that say how others belong together, and nothing of what an article is about, by language."""

from functools import cache

#: Articles, pronouns, prepositions, conjunctions and auxiliaries, the commonest adverbs too. What names and headlines are made of
#: is left out even where it is one (Portuguese "são", French "été"). Folded, as the index has them. Languages are those of `search.text.stems.LANGUAGES`.
_WORDS = {
    "en": """
        a an and are as at be but by for if in into is it no not of on or such that the their then there these
        they this to was will with i me my we our ours you your he him his she her hers its them what which who
        whom am were been being have has had having do does did doing would should could ought can cannot may
        might must shall from up down out off over under again further once here when where why how all any both
        each few more most other some nor only own same so than too very about against between through during
        before after above below""",
    "ar": """
        في من علي الي عن مع ان انه انها التي الذي الذين هذا هذه ذلك تلك هو هي هم كان كانت كما ما لا لم لن قد بعد
        قبل بين عند عندما حتي او ثم لكن بل غير كل بعض اي ايضا حيث منذ خلال اذا فيه فيها منه منها عليه عليها له
        لها به بها نحو ضد وفي ومن وعلي وان وهو وهي وكان وقد ولا والتي وكانت يكون تكون ليس ليست اما الا لدي هناك
        هنا بان لان كذلك""",
    "ca": """
        el la els les un una uns unes de del dels a al als en i o que per pel pels amb no es s l d n m t ha han
        he hem hi ho son era eren ser estar esta va van com mes pero si sense sobre entre fins des on quan qui
        aquest aquesta aquests aquestes aixo aquell aquella seu seva seus seves tambe molt ja li us ni jo tu ell
        ella""",
    "cs": """
        a aby aj ale ani az bez by byl byla bylo byly byt bude budou co coz ci dalsi do i ja je jeho jejich jeji
        jen jenz jeste jiz jsem jsme jsou k kde kdo kdy kdyz ke ktera ktere ktery kteri ku ma maji mezi mi mu my
        na nad nebo neni nez o od on ona oni po pod podle pokud pro proto protoze pred pri s se si sice sve
        sveho svuj svou ta tak take takze tato tedy ten tento teto tim to toho tohoto tom tomu tu ty u uz v ve
        vsak vy z za zda ze""",
    "da": """
        af alle at blev blive bliver da de dem den denne der deres det dette dig din disse dog du efter eller en
        end er et for fra ham han hans har havde have hende hendes her hos hun hvad hvem hver hvis hvor i ikke
        ind jeg jo kan kunne man med men mens mere mig min mod ned noget nogle nu nar og ogsa om op os over pa
        sig sin sine skal skulle som sa til ud under var ved vi vil ville vaere vaeret""",
    "de": """
        aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis da damit dann das dass
        dem den denn der deren des dessen die dies diese diesem diesen dieser dieses doch dort du durch ein eine
        einem einen einer eines er es etwa euch fur gegen hat hatte hatten haben habe hier hin ich ihm ihn ihnen
        ihr ihre ihrem ihren ihrer im in ins ist ja jede jedem jeden jeder jedes jedoch kann kein keine keinen
        keiner konnen konnte man mehr mein mich mir mit muss mussen nach nicht noch nun nur ob oder ohne sehr
        sei sein seine seinem seinen seiner seit sich sie sind so sowie soll sollen sollte uber um und uns unser
        unter vom von vor war waren warum was wegen weil wenn wer werden wie wieder will wir wird wo wollen
        worden wurde wurden wahrend zu zum zur zwar zwischen""",
    "el": """
        ο η το οι τα του τησ των τον την τουσ τισ στο στη στην στον στα στισ στουσ και να θα δεν μην με σε απο
        για ωσ που πωσ οτι αν αλλα ειτε ουτε ειναι ηταν εχει εχουν ειχε ειχαν ενασ μια ενα αυτο αυτη αυτοσ αυτα
        αυτεσ αυτοι αυτου αυτησ αυτων κατα μετα πριν προσ χωρισ μεταξυ οπωσ οταν οπου ενω επισησ πολυ πιο μασ
        σασ τι ποιοσ ποια ολα ολοι ολεσ καθε στ ασ""",
    "es": """
        a al algo algunas algunos ante antes aquel aquella asi aun aunque cada como con contra cual cuando de
        del desde donde dos durante e el ella ellas ellos en entre era eran es esa esas ese eso esos esta estan
        estas este esto estos fue fueron ha habia habian haber han hasta hay he la las le les lo los mas me mi
        mientras muy nada ni no nos nosotros nuestra nuestro o otra otras otro otros para pero poco por porque
        pues que quien quienes se sea segun ser si sido sin sino sobre son su sus tambien tan tanto te tiene
        tienen toda todas todo todos tras tu u un una unas uno unos y ya yo""",
    "fi": """
        ja on ei etta se han he ne oli olivat ole olla ollut joka jotka jonka jossa josta mutta kun kuin myos
        niin tai jos seka vaan sen sita siita siina tama taman tassa tasta tata hanen heidan ovat eivat en et
        emme mina sina me te mita mika kuka viela vain jo nyt sitten siis koska vaikka ennen jalkeen kanssa
        ilman mukaan""",
    "fr": """
        a afin ai ainsi alors apres au aucun aucune aussi autre autres aux avait avaient avant avec avoir ayant
        c car ce ceci cela celle celles celui ces cet cette ceux chez comme contre d dans de depuis des donc
        dont du elle elles en encore entre est et etaient etait etre eu eux fait faire il ils j je jusqu l la le
        les leur leurs lors lui m mais meme memes moins mon n ne ni non nos notre nous on ont or ou par pas
        pendant peu peut peuvent plus pour pourquoi qu quand que quel quelle qui quoi s sa sans sauf se selon
        sera seront ses si sinon soit son sont sous sur t ta tandis te tous tout toute toutes tres tu un une
        vers voici voila vos votre vous y""",
    "hi": """
        का के की को में से है हैं था थे थी पर ने और एक यह ये वह वे कि जो तो भी ही इस उस इन उन इसके उनके उसके
        इसकी उनकी उसकी अपने अपनी अपना कर करने किया करते करता करती हो होने होता होती होते हुआ हुई हुए गया गई गए
        रहा रही रहे लिए साथ बाद नहीं या लेकिन तक जब तब अब कुछ सभी किसी कोई क्या जिस जिसमें इसमें द्वारा हम मैं
        आप वाले वाली वाला दिया जा सकता सकते""",
    "hu": """
        a az es hogy nem is egy ez azt ezt meg de ha csak mar vagy mint volt van lesz lett lehet kell ki be el
        fel le ami aki amely amelyek akik amikor ahol mert majd utan elott kozott szerint altal o ok en te mi ti
        igy ugy ezert azonban pedig sem se minden mas ennek annak ezek azok erre arra ebben abban""",
    "id": """
        yang dan di ke dari ini itu untuk dengan pada dalam tidak akan adalah juga oleh karena sebagai telah
        sudah bisa dapat ada atau saat para kami kita mereka dia ia saya anda agar bahwa jika namun tetapi
        hingga antara serta masih lebih sangat belum bukan seperti tersebut""",
    "it": """
        a ad agli ai al alla alle allo anche ancora avere aveva avevano c che chi ci come con contro cosi cui d
        da dagli dai dal dall dalla dalle dallo de degli dei del dell della delle dello dentro di dopo dove due
        e ed era erano essere fa fra fu gli ha hanno ho i il in io l la le lei li lo loro lui ma me mentre mi
        mia mio molto ne negli nei nel nell nella nelle nello no noi non nostra nostro o ogni oltre ora perche
        per pero piu poi prima qual quale quali quando quanto quella quelle quelli quello questa queste questi
        questo qui s se sempre senza si sia sono sopra sotto stata state stati stato su sua sue sugli sui sul
        sulla sulle suo suoi tra tu tutta tutte tutti tutto un una uno v verso vi""",
    "nl": """
        aan al alle als andere bij daar dan dat de deze die dit doch doen door dus een en er ge geen had hadden
        hebben heb heeft hem hen het hier hij hoe hun iets ik in is ja je kan kon kunnen maar me meer men met
        mijn moet naar niet niets nog nu of om omdat ons ook op over reeds sinds te tegen terwijl toch toen tot
        tussen u uit van veel voor waar waren was wat we wel werd werden wie wij wil worden wordt ze zeer zelf
        zich zij zijn zo zoals zonder zou zouden zullen""",
    "no": """
        alle at av ble bli blir blitt bade da de deg dem den denne der dere deres det dette din disse du eller
        en enn er et etter for fordi fra ha hadde han hans har hennes henne her hun hva hvem hver hvis hvor
        hvordan i ikke inn jeg kan kom kun kunne man med meg mellom men mens mer min mot mye ned noe noen na nar
        og ogsa om opp oss over pa sa seg selv sin sine sitt skal skulle slik som til under ut uten var ved vi
        vil ville vaere vaert a eg ikkje dei ein eit vert vart meir korleis kva""",
    "pl": """
        a aby ale albo ani az bardziej bez bo by byc byl byla bylo byly beda bedzie bym ci co czy czyli dla do
        gdy gdzie go i ich im inne iz ja jak jako jakie je jeden jednak jego jej jest jestem jeszcze jesli
        jezeli juz kazdy kiedy kto ktora ktore ktorego ktorej ktory ktorych ktorym ktorzy lub ma maja mi miedzy
        mnie moze mozna my na nad nam nas natomiast nawet nie niej niego nim nich niz o od ona one oni ono oraz
        po pod poniewaz poza przed przez przy sam sa sie skad swoje swoich ta tak takze tam te tego tej ten tez
        to tu tych tylko tym u w we wszystko wiec wedlug wszystkich z za zas ze zeby""",
    "pt": """
        a ao aos apenas aquela aquele aqui as ate cada com como contra da das de dela dele deles depois desde
        dessa desse desta deste do dos durante e ela elas ele eles em embora enquanto entre era eram essa esse
        esta estao estava este estes eu foi foram ha isso isto ja la lhe lhes lo mais mas me mesmo meu minha
        muito na nao nas nem nessa nesse nesta neste no nos num numa o onde os ou para pela pelas pelo pelos
        pode podem por porque pois quando que quem se seja sem sendo ser sera seu seus sob sobre sua suas tambem
        tem tendo ter tinha todo todos um uma umas uns voce""",
    "ro": """
        a al ale ai au aceasta acest acestea aceste acesta am ar are avea avut ca care ce cei cel cele cu cand
        cum cat dar de deja din dintre doar dupa ea ei el ele era erau este eu fi fie fiind fost iar in inainte
        intre isi i ii il la lor lui mai mult ne nici nu noi o or pe pentru prin sa sale sau se si sunt tot
        toate un una unei unor unui va vor""",
    "ru": """
        а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да даже для до его ее
        еи ему если есть еще ж же за и из или им их к как какои ко когда кто ли либо между меня мне может мы на
        над надо нас не него нее неи нет ни них но о об однако он она они оно от по под после потому при про с
        сам свою своеи своего своих себя со так также такои там те тем то того тоже тои только том тот ты у уже
        хотя чего чем через что чтобы эта эти это этого этои этом этот я которые которыи которая которое которых
        которого которои""",
    "sv": """
        alla allt att av bara bland blev bli blir bade de dem den denna deras dess dessa det detta dig din dock
        du dar da efter eller en er ett fran for fore genom ha hade han hans har henne hennes hon honom hos hur
        i in inte ja jag kan kunde man med mellan men mer mig min mot mycket ned nu nagon nagot nagra nar och
        ocksa om oss pa samt sedan sig sin sina sitt ska skall skulle som sa till under upp ut utan vad var vara
        varit vi vid vilka vilken vilket vill an ar aven at over""",
    "tr": """
        ve bir bu da de icin ile olarak daha cok ama ancak gibi kadar sonra once en her o ki ne ya mi mu degil
        var yok olan oldugu oldugunu oldu olacak tarafindan gore ise hem diye ben sen biz siz onlar onun bunun
        su cunku veya""",
}  # fmt: skip


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the folded forms that queries do not score beside other words, in articles of a language of `search.text.stems.LANGUAGES`.

    They are found, counted and marked like all words. Empty for languages whose words nobody has listed. docs/words.md and
    docs/relevance.md say more.
    """
    return frozenset(_WORDS.get(language, "").split())
