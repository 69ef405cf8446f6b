"""What the keys and columns of records stand for: known shapes, and words in the languages of Europe.

Names are compared as `bare` makes them. A name with a slash leads into a nested value: ``fields/bodytext`` is
``{"fields": {"bodyText": ...}}``, and also a column called ``fields.bodyText``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import NamedTuple

#: Parts of an article that a key can stand for; those that ``--map`` takes, in the order they are shown.
PARTS = (
    "title",
    "body",
    "authors",
    "published",
    "url",
    "source",
    "section",
    "topics",
    "language",
    "id",
)

#: The names of each part, best first.
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "title": """
            title headline name heading articletitle webtitle displaytitle posttitle newstitle storytitle
            headline/main title/rendered articleheadline header hed
            titel überschrift schlagzeile artikeltitel titelzeile titre intitulé título titular encabezado titolo
            manchete kop krantenkop tytuł nagłówek заголовок название назва titlu titlul başlık haberbaşlığı rubrik
            overskrift tittel titulek nadpis název cím τίτλος otsikko 标题 標題 題名 見出し タイトル 제목 عنوان العنوان""",
        "authors": """
            authors author byline bylines creator creators dccreator rawauthor rawbyline writer writers
            reporter reporters journalist journalists publishedby authorname authornames writtenby authoredby
            bylineoriginal fields/byline
            autor autoren autorin verfasser verfasserin redakteur redakteurin auteur auteurs journaliste
            rédacteur signature autores autora periodista autore autori giornalista jornalista schrijver autorzy
            dziennikarz автор авторы автори журналист журналіст корреспондент autorul yazar yazarlar muhabir
            författare skribent forfatter autoři szerző συγγραφέας kirjoittaja συντάκτης 作者 记者 記者 著者 기자 작성자 الكاتب المؤلف""",
        "byline": "rawauthor rawbyline byline bylineoriginal fields/byline",
        "published": """
            published publishedat publishedon publisheddategmt publishdate datepublish publisheddate publicationdate
            pubdate dategmt date datepublished firstpublished firstpublicationdate firstpublisheddate
            webpublicationdate datetime datetimepub dateandtime publishedtime publishedutc publicationtime
            publicationdatetime publishtime publishtimestamp articlepublishedtime articledate storydate newsdate
            displaydate issuedate postdategmt postdate seendate firstcreated timestamp time created createdat
            createdutc creationdate dcdate issued
            datum veröffentlicht veröffentlichtam veröffentlichungsdatum erscheinungsdatum erschienen erschienenam
            publikationsdatum datepublication datedepublication dateparution datedeparution publiéle
            fecha fechapublicación fechadepublicación publicado publicadoel data datapubblicazione
            datadipubblicazione pubblicato pubblicatoil datapublicação datadepublicação publicadoem publicatiedatum
            gepubliceerd gepubliceerdop datapublikacji opublikowano дата датапубликации опубликовано датапублікації
            опубліковано datapublicării publicat tarih yayıntarihi yayımtarihi publicerad publiceringsdatum dato
            publisert publiceret udgivet vydáno datumvydání dátum ημερομηνία päivämäärä julkaistu erscheinungstag 日期 发布时间 發布時間 发布日期 日付 公開日 掲載日 날짜 작성일 التاريخ تاريخالنشر""",
        "body": """
            text body content article articlebody articletext fulltext fullcontent maintext bodytext bodyhtml
            story contents contentencoded contenthtml contenttext postcontent articlecontent newstext newscontent
            storytext plaintext cleantext fields/bodytext fields/body content/rendered
            inhalt artikeltext volltext fließtext haupttext texte contenu corps corpsdutexte texto contenido cuerpo
            testo contenuto corpo conteúdo tekst inhoud treść zawartość текст содержание содержимое зміст вміст
            conținut continutul metin içerik habermetni brödtext innehåll brødtekst indhold innhold obsah szöveg
            κείμενο teksti sisältö rawtext paragraphs 正文 内容 內容 本文 본문 내용 النص المحتوى selftext html
            excerptencoded leadparagraph description summary abstract lead excerpt snippet shortdescription standfirst
            beschreibung zusammenfassung vorspann teaser résumé chapô chapeau resumen entradilla descripción
            riassunto sommario descrizione resumo descrição samenvatting omschrijving opis streszczenie описание
            анонс аннотация опис анотація descriere rezumat özet açıklama""",
        "url": """
            url link weburl articleurl canonicalurl sourceurl permalink href uri originalurl finalurl storyurl
            posturl pageurl canonicallink urlmobile
            adresse webadresse adresseweb lien enlace indirizzo collegamento endereço ligação adres odnośnik ссылка адрес
            посилання адреса legătură bağlantı länk lenke odkaz hivatkozás σύνδεσμος linkki 链接 網址 リンク 링크 الرابط""",
        "source": """
            source publisher publication site sitename newspaper outlet agency provider feed sourcename
            medianame paper journal magazine publishername publicationname publicationtitle containertitle pubtitle feedtitle
            feedname sourcetitle websitename sourcehostname domain sourcedomain domainname hostname
            quelle zeitung blatt medium medio herausgeber média éditeur fuente periódico diario fonte
            giornale testata jornal veículo bron krant źródło gazeta wydawca источник издание газета сми джерело
            видання sursa sursă ziar publicație kaynak gazete källa tidning kilde avis zdroj noviny forrás πηγή
            lähde lehti 来源 來源 媒体 新聞 新聞社 出典 언론사 출처 المصدر الصحيفة""",
        "section": """
            section sectionname articlesection category desk newsdesk department
            ressort rubrik kategorie rubrique catégorie sección categoría sezione categoria seção secção editoria
            rubriek categorie dział sekcja kategoria рубрика раздел категория розділ категорія secțiune rubrică
            bölüm kategori avdelning kategori rubrika rovat στήλη osasto""",
        "topics": """
            topics topic tags tag keywords keyword categories category subjects subject desfacet perfacet geofacet orgfacet metakeywords
            newskeywords hashtags
            thema themen schlagwörter schlagworte stichwörter stichworte kategorien kategorie thème thèmes sujets
            motsclés catégories catégorie étiquettes tema temas etiquetas palabrasclave categorías categoría temi
            argomenti argomento parolechiave categorie categoria assunto assuntos palavraschave categorias
            onderwerp onderwerpen trefwoorden categorieën temat tematy słowakluczowe kategorie kategoria tagi
            тема темы теми теги метки мітки ключевыеслова ключовіслова категории категорії категория категорія
            subiect subiecte etichete cuvintecheie categorii konu konular etiketler anahtarkelimeler kategoriler
            kategori ämnen nyckelord emner štítky címkék ετικέτες avainsanat""",
        "language": """
            language lang locale inlanguage metalang
            sprache langue idioma lingua língua taal język язык мова limba limbă dil språk sprog jazyk nyelv
            γλώσσα kieli""",
        "status": "pubstatus publishingstatus",
        "embargo": """
            embargoed embargoeduntil embargountil embargo embargodate embargotime embargodatetime embargoend embargoends
            embargoedtill embargoexpires embargolifts sperrfrist sperrfristbis sousembargojusquau embargohasta embargofinoa""",
        "id": "id articleid guid uuid docid documentid newid idstr storyid storiesid postid newsid artikelid recordid objectid",
    }
)  # fmt: skip


class Shape(NamedTuple):
    """A kind of record that many programs write. ``parts`` replaces the general names of `WORDS`."""

    name: str
    #: A record of this shape has all of these names; of "a|b" one is enough.
    tells: str
    parts: Mapping[str, str]


#: The first that fits counts.
SHAPES = (
    Shape("JSON Feed", "datepublished contenthtml|contenttext", {
        "body": "contenthtml contenttext summary", "url": "url externalurl", "published": "datepublished"}),
    Shape("news-please", "datepublish sourcedomain", {
        "title": "title titlepage titlerss", "body": "maintext text description", "published": "datepublish",
        "source": "sourcedomain"}),
    Shape("trafilatura", "fingerprint hostname", {
        "body": "text rawtext excerpt", "url": "source url", "source": "sourcehostname sitename hostname"}),
    Shape("newspaper", "publishdate metalang|topimage|metadescription", {
        "body": "text articlehtml metadescription", "url": "url canonicallink", "source": "sourceurl",
        "topics": "keywords tags metakeywords"}),
    Shape("wallabag", "domainname readingtime|publishedby|isarchived", {
        "authors": "publishedby", "published": "publishedat", "source": "domainname"}),
    Shape("Google Reader, FreshRSS, Feedly", "origin alternate|canonical|crawltimemsec|crawled", {
        "body": "content/content content summary/content summary", "url": "canonical/href alternate/href",
        "source": "origin/title origin/htmlurl", "published": "published"}),
    Shape("Guardian", "webtitle webpublicationdate", {
        "title": "webtitle fields/headline", "body": "fields/bodytext fields/body blocks/body/bodytextsummary",
        "authors": "fields/byline", "published": "webpublicationdate", "url": "weburl",
        "source": "fields/publication", "section": "sectionname", "topics": "tags?type=keyword/webtitle",
        "language": "fields/lang"}),
    Shape("NYT", "headline pubdate weburl", {
        "title": "headline/main headline/printheadline headline", "body": "leadparagraph abstract snippet",
        "authors": "byline/original byline/person", "byline": "byline/original", "published": "pubdate",
        "url": "weburl", "section": "sectionname newsdesk", "topics": "keywords/value"}),
    Shape("WordPress REST", "dategmt modifiedgmt", {
        "title": "title/rendered title", "body": "content/rendered content excerpt/rendered", "published": "dategmt date",
        "authors": "_embedded/author/name yoastheadjson/author", "url": "link", "topics": "_embedded/wpterm/name"}),
    Shape("WordPress database", "posttitle postcontent", {
        "title": "posttitle", "body": "postcontent postexcerpt", "published": "postdategmt postdate",
        "authors": "authorname displayname", "url": "permalink guid", "id": "id postid"}),
    Shape("Media Cloud", "medianame mediaurl|storiesid", {
        "published": "publishdate", "source": "medianame mediaurl", "id": "storiesid id"}),
    Shape("GDELT", "seendate domain", {"published": "seendate", "source": "domain", "url": "url urlmobile"}),
    Shape("ninjs", "uri versioncreated|pubstatus", {
        "title": "headline headlines name slugline",
        "body": "bodyhtml bodyxhtml bodytext bodies descriptiontext descriptionhtml descriptions/value",
        "authors": "byline by", "byline": "byline by", "published": "published firstcreated contentcreated versioncreated",
        "url": "url canonicalurl", "source": "source infosources/name provider/name provider copyrightholder",
        "topics": "subject/name subjects/name keywords", "id": "uri"}),
    Shape("NITF", "hl1 bodycontent", {
        "title": "hl1", "body": "bodycontent abstract", "authors": "byline", "byline": "byline",
        "published": "dateissue datepublication storydate daterelease", "url": "exref",
        "source": "distributor", "section": "positionsection", "topics": "subjects",
        "language": "lang", "id": "docid", "status": "managementstatus", "embargo": "daterelease"}),
    Shape("NewsML-G2", "guid versioncreated contentset", {
        "title": "headline", "body": "contentset abstract description", "authors": "byline creator",
        "byline": "byline", "published": "firstcreated contentcreated versioncreated", "url": "",
        "source": "provider", "section": "service",
        "topics": "subject", "language": "language", "id": "guid", "status": "pubstatus", "embargo": "embargoed"}),
    Shape("NewsML 1.x", "newsitemid thisrevisioncreated", {
        "title": "headline", "body": "datacontent abstract", "authors": "byline", "byline": "byline",
        "published": "firstcreated thisrevisioncreated", "source": "provider", "section": "", "url": "",
        "topics": "topic keywordline keyword", "language": "language", "id": "newsitemid",
        "status": "pubstatus", "embargo": "embargoed"}),
    Shape("Atom", "feedtitle updated", {
        "published": "published pubdate issued dcissued dcdate date created dccreated updated"}),
    Shape("Event Registry", "datetimepub uri", {
        "published": "datetimepub datetime date", "source": "source/title source/uri", "url": "url", "id": "uri"}),
    Shape("posts", "createdat user|authorid|account text|fulltext|content", {
        "title": "title", "body": "fulltext text content",
        "authors": "user/name account/displayname author/name user/screenname",
        "published": "createdat", "source": "", "topics": "entities/hashtags/text entities/hashtags/tag hashtags",
        "id": "idstr id"}),
    Shape("schema.org", "@type headline|name|articlebody", {
        "title": "headline name alternativeheadline", "body": "articlebody text description", "authors": "author creator",
        "published": "datepublished datecreated", "url": "url mainentityofpage/@id mainentityofpage @id",
        "source": "publisher sourceorganization", "section": "articlesection", "topics": "keywords about/name",
        "id": "identifier"}),
)  # fmt: skip

#: What a value is that looks like a day of publication and is none -> its names.
NEVER: Mapping[str, str] = MappingProxyType(
    {
        "a page or an edition of a paper, which no article keeps beside its section": "page pages pagenumber printpage edition",
        "the date of a change": """
            updated updatedat updatedon updateddate lastupdated dateupdated modified modifiedat modifieddate
            modifiedgmt datemodified lastmodified datemodify lastmodifieddate postmodified postmodifiedgmt
            versioncreated geändert aktualisiert обновлено""",
        "the date of a copy": """
            datedownload downloaddate downloadedat crawled crawledat crawldate crawltimemsec scrapedat scrapedate
            fetchedat filedate indexeddate indexedat archivedat savedat addedat collectiondate collectionutc
            retrieved retrievedat accessed accessdate warcdate dateadded timeadded entrydate""",
    }
)

#: Values of ``@type`` of what stands beside an article in a graph of schema.org.
NO_ARTICLES = frozenset(
    (
        "WebSite", "WebPage", "Organization", "NewsMediaOrganization", "Person", "ImageObject", "VideoObject",
        "BreadcrumbList", "ItemList", "ListItem", "SearchAction", "Comment", "CollectionPage", "SiteNavigationElement",
    )
)  # fmt: skip

#: States of an article that its publisher took back, as `bare` makes them: of IPTC, ninjs, and of kill notices.
WITHDRAWN = frozenset(("canceled", "cancelled", "withheld", "withdrawn", "killed", "kill"))
#: States of one that anybody may see.
USABLE = frozenset(("usable", "embargoed"))

#: What stands in the place of an embargo that never was or is over.
NO_EMBARGO = frozenset(("false", "no", "not", "none", "off", "noembargo", "notembargoed", "lifted", "ended", "expired", "over", "nein", "keine", "non", "aucun"))  # fmt: skip

#: What WordPress keeps too, and never showed a reader.
UNPUBLISHED = frozenset(("draft", "auto-draft", "pending", "future", "trash", "inherit"))

#: Keys under which stores and services wrap the whole record.
ENVELOPES = (
    "source",
    "attributes",
    "article",
    "doc",
    "document",
    "post",
    "story",
    "item",
    "node",
    "record",
    "data",
)

_NOISE = re.compile(r"[\s_.:/-]+")
#: What follows a name in a heading and says no more of it: "Auteur(s)", "Autor/in", "text (2)".
_ENDING = re.compile(r"\s*(?:\([^()]*\)|/-?(?:in|innen|n|r|e|s|es|a|as|trice|ów)|[:*])\s*$")
#: The last character of one.
_ENDINGS_END = frozenset(")nresaów:* \t\r\n\xa0")
#: "Of the article" and the like, before and after a name, as `bare` makes them; the longest first.
_BEFORE = (
    "newsarticle",
    "article",
    "artikel",
    "document",
    "haber",
    "news",
    "story",
    "item",
    "post",
    "doc",
    "dc",  # Dublin Core
    "og",
)
_AFTER = (
    "ofthearticle", "ofarticle", "desartikels", "dergeschichte", "desbeitrags", "delarticle", "delarticulo",
    "delanoticia", "dellarticolo", "articolo", "artykułu", "wiadomości", "статьи", "новости", "публикации", "материала",
    "статті", "новини", "публікації", "матеріалу", "articolului", "articol", "știrii", "doartigo", "danoticia",
    "vanhetartikel", "vanartikel", "artikel", "article", "intégral", "complet", "completo", "completa", "integral",
    "pełny", "полностью",
)  # fmt: skip
#: Letters that have no mark to leave out.
_LETTERS = str.maketrans("łøđıæœþ", "lodiaop")


@cache
def table(shape: str = "") -> dict[str, tuple[str, ...]]:
    """Return the names of each part, best first, as `bare` makes them; those of the *shape* of that name."""
    parts = next((each.parts for each in SHAPES if each.name == shape), {})
    words = {**WORDS, **parts}
    return {part: tuple(dict.fromkeys(map(_bare_path, names.split()))) for part, names in words.items()}  # fmt: skip


def bare(name: str) -> str:
    """Return *name* without case, accents, spaces and signs between words: "Publiziert am:" is "publiziertam"."""
    if not name.isascii():
        letters = unicodedata.normalize("NFKD", name.casefold())
        name = "".join([each for each in letters if not unicodedata.combining(each)])
        name = name.translate(_LETTERS)
    return _NOISE.sub("", name).lower()


def _bare_path(path: str) -> str:
    return "/".join(part if "?" in part else bare(part) for part in path.split("/"))


def shape_of(names: Iterable[str]) -> str:
    """Return the name of the shape of a record whose keys have the bare *names*, "" for none that is known."""
    there = set(names)
    for shape in SHAPES:
        if all(there.intersection(each.split("|")) for each in shape.tells.split()):
            return shape.name
    return ""


@cache
def never() -> dict[str, str]:
    """Return what each of the bare names of `NEVER` is."""
    return {bare(name): what for what, names in NEVER.items() for name in names.split()}


@lru_cache(maxsize=1024)
def part_of(name: str) -> str:
    """Return the part that a key called *name* stands for by itself, "" if none is known."""
    wanted = bare(name)
    if not wanted:
        return ""
    known = _names()
    return known.get(wanted) or known.get(core(name), "")


@lru_cache(maxsize=1024)
def core(name: str) -> str:
    """Return the known name that a longer heading has in it, as `bare` makes it; "" where there is none.

    Only what says no more than that it is of an article may be around it: "Titre de l'article", "Текст статьи",
    "Auteur(s)"; and the number of a second column of the same name.
    """
    known = _names()
    wanted = bare(name).replace("'", "").replace("’", "")
    if not 3 < len(wanted) <= 60 or len(name) > 120 or wanted in known or wanted in never():
        return ""
    shorter = bare(_ENDING.sub("", name)) if name[-1:] in _ENDINGS_END else wanted
    for each in (shorter, *_stripped(wanted), *_stripped(shorter)):
        if each in known:
            return each
    return ""


def _stripped(name: str) -> Iterator[str]:
    if not (name.startswith(_BEFORE) or name.endswith(_after())):
        return  # as nearly all names of a wide table
    for after in _after():
        if name.endswith(after) and name != after:
            yield name[: -len(after)]
    for before in _BEFORE:
        if name.startswith(before) and name != before:
            yield name[len(before) :]


@cache
def _after() -> tuple[str, ...]:
    return tuple(map(bare, _AFTER))


@lru_cache(maxsize=1024)
def resembles(name: str) -> str:
    """Return the part that *name* looks like a name of: it has one inside, or one is spelled nearly so."""
    wanted = bare(name)
    if not 3 < len(wanted) <= 40:
        return ""
    known = _names()
    # The longest name at one of its ends: "papername", "original_headline".
    for length in range(len(wanted) - 1, 4, -1):
        if part := known.get(wanted[:length]) or known.get(wanted[-length:]):
            return part
    from difflib import get_close_matches

    similar = [each for each in known if each[0] == wanted[0] and abs(len(each) - len(wanted)) < 3]
    close = get_close_matches(wanted, similar, 1, 0.8)
    return known[close[0]] if close else ""


@cache
def _names() -> dict[str, str]:
    """Return the part that each name stands for."""
    return {
        name: part for part, names in reversed(table().items()) if part in PARTS for name in names
    }
