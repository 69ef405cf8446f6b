"""What languages are called: codes of ISO 639, tags that are no longer used, names in English and their own."""

# ruff: noqa: SIM905 - lists of words are read more easily as one text

from __future__ import annotations

from typing import Final

#: Tags of one language, as BCP 47 has them, which stand for themselves: the two letters of ISO 639-1, and three
#: where a language has no two. Not "na", by which programs seldom mean Nauruan and mostly nothing.
CODES: Final = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja
    jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my nd
    ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr
    ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    ast bho brx ceb chr ckb crs csb doi dsb fil frr fur gsw haw hmn hsb kab kha kok lad lif lld lmo mai mfe mni nap
    nds nso pap pcm rom sat scn sco smn sms smj sma syr szl tet vec war wuu yue zgh
    """.split()
)

#: Other codes of the same languages: three letters where there are two, tags of old, and country codes that are
#: no languages and can mean only one.
OTHER_CODES: Final = dict(
    pair.split("=")
    for pair in """
    afr=af alb=sq sqi=sq amh=am ara=ar arm=hy hye=hy aze=az baq=eu eus=eu bel=be ben=bn bos=bs bul=bg bur=my mya=my
    cat=ca chi=zh zho=zh cmn=zh cze=cs ces=cs cym=cy wel=cy dan=da deu=de ger=de dut=nl nld=nl ell=el gre=el eng=en
    epo=eo est=et fao=fo fas=fa per=fa fin=fi fra=fr fre=fr fry=fy geo=ka kat=ka gla=gd gle=ga glg=gl guj=gu hat=ht
    hau=ha heb=he hin=hi hrv=hr scr=hr hun=hu ibo=ig ice=is isl=is ind=id ita=it jpn=ja kan=kn kaz=kk khm=km kin=rw
    kir=ky kor=ko kur=ku kmr=ku lao=lo lat=la lav=lv lit=lt ltz=lb mac=mk mkd=mk mal=ml mao=mi mri=mi mar=mr may=ms
    msa=ms mlg=mg mlt=mt mon=mn nep=ne nno=nn nob=no nor=no oci=oc ori=or orm=om pan=pa pol=pl por=pt pus=ps roh=rm
    ron=ro rum=ro rus=ru sin=si slk=sk slo=sk slv=sl sme=se sna=sn som=so spa=es srp=sr scc=sr swa=sw swe=sv tam=ta
    tat=tt tel=te tgk=tg tha=th tib=bo bod=bo tir=ti tuk=tk tur=tr uig=ug ukr=uk urd=ur uzb=uz vie=vi wol=wo xho=xh
    yid=yi yor=yo zul=zu
    iw=he in=id ji=yi jw=jv mo=ro nb=no
    jp=ja cn=zh cz=cs dk=da gr=el ua=uk
    """.split()
)

#: What a language is called in English, and by those who speak it, in lower case -> its code.
NAMES: Final = {
    name: code
    for code, names in (
        line.split(": ")
        for line in """\
af: afrikaans
am: amharic, አማርኛ
ar: arabic, العربية
az: azerbaijani, azərbaycan
be: belarusian, беларуская
bg: bulgarian, български
bn: bengali, bangla, বাংলা
bs: bosnian, bosanski
ca: catalan, català
cs: czech, čeština, česky
cy: welsh, cymraeg
da: danish, dansk
de: german, deutsch
el: greek, ελληνικά
en: english
eo: esperanto
es: spanish, español, castellano
et: estonian, eesti
eu: basque, euskara
fa: persian, farsi, فارسی
fi: finnish, suomi
fil: filipino
fr: french, français, francais
ga: irish, gaeilge
gl: galician, galego
gu: gujarati, ગુજરાતી
ha: hausa
he: hebrew, עברית
hi: hindi, हिन्दी
hr: croatian, hrvatski
hu: hungarian, magyar
hy: armenian, հայերեն
id: indonesian, bahasa indonesia
is: icelandic, íslenska
it: italian, italiano
ja: japanese, 日本語
ka: georgian, ქართული
kk: kazakh, қазақ тілі
km: khmer, ខ្មែរ
kn: kannada, ಕನ್ನಡ
ko: korean, 한국어
ku: kurdish, kurdî
ky: kyrgyz, кыргызча
lb: luxembourgish, lëtzebuergesch
lt: lithuanian, lietuvių
lv: latvian, latviešu
mk: macedonian, македонски
ml: malayalam, മലയാളം
mn: mongolian, монгол
mr: marathi, मराठी
ms: malay, bahasa melayu
mt: maltese, malti
my: burmese, မြန်မာ
ne: nepali, नेपाली
nl: dutch, nederlands, flemish
no: norwegian, norsk, bokmål, norsk bokmål
nn: nynorsk, norsk nynorsk
pa: punjabi, ਪੰਜਾਬੀ
pl: polish, polski
ps: pashto, پښتو
pt: portuguese, português, portugues
ro: romanian, română, romana
ru: russian, русский
si: sinhala, සිංහල
sk: slovak, slovenčina, slovensky
sl: slovenian, slovene, slovenščina
so: somali
sq: albanian, shqip
sr: serbian, srpski, српски
sv: swedish, svenska
sw: swahili, kiswahili
ta: tamil, தமிழ்
te: telugu, తెలుగు
th: thai, ไทย
tl: tagalog
tr: turkish, türkçe, turkce
uk: ukrainian, українська
ur: urdu, اردو
uz: uzbek, o'zbek
vi: vietnamese, tiếng việt
zh: chinese, mandarin, 中文, 简体中文, 繁體中文
zu: zulu, isizulu""".splitlines()
    )
    for name in names.split(", ")
}


def english_name(tag: str) -> str:
    """Return what the language of a *tag* is called in English; the tag, where that is not known."""
    if not tag:
        return "an unknown language"
    code = tag.partition("-")[0].lower()
    return next((name.title() for name, known in NAMES.items() if known == code), tag)
