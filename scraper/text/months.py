"""Names of the months in many languages: in full, as dates have them (Polish *maja*), and short."""

from __future__ import annotations

import unicodedata
from typing import Final

_MONTHS: Final[tuple[str, ...]] = (
    "january jan januar jänner janvier janv jan. enero ene gennaio gen janeiro januari stycznia styczeń sty leden "
    "ledna január januára januára ianuarie ian january' января янв январь січня sausio jaanuar tammikuu tammikuuta "
    "ocak oca ιανουαρίου siječnja januarie janúar يناير ינואר जनवरी tháng-1 มกราคม ม.ค janurai јануар јануара "
    "januarja януари јануари gener janvāris janvārī sausis ιαν ιανουάριος студзеня січ січень janar yanvar қаңтар "
    "urtarrilaren xaneiro ionawr იანვარი հունվարի جانفي ژانویه جنوری জানুয়ারি জানুয়ারী जानेवारी ஜனவரி జనవరి",
    "february feb februar feber février févr fév febrero febbraio fevereiro fev februari lutego luty lut února únor "
    "február februára februarie февраля фев февраль лютого vasario veebruar helmikuu helmikuuta şubat şub φεβρουαρίου "
    "veljače febrúar فبراير פברואר फरवरी กุมภาพันธ์ ก.พ pebruari фебруар фебруара februarja февруари febrer febr "
    "februāris februārī vasaris φεβ φεβρουάριος лютага лют лютий shkurt fevral ақпан otsailaren febreiro chwefror "
    "pebrero თებერვალი փետրվարի شباط فيفري فوریه فروری ফেব্রুয়ারি ফেব্রুয়ারী फ़रवरी फेब्रुवारी பிப்ரவரி ఫిబ్రవరి",
    "march mar märz mrz maerz mars marzo março maart mrt marca marzec března březen március marec martie марта мар "
    "март березня kovo märts maaliskuu maaliskuuta mart μαρτίου ožujka marts maret مارس מרץ מרס मार्च มีนาคม มี.ค "
    "març martā kovas μαρ μάρτιος mac márc сакавіка бер березень наурыз martxoaren mawrth machi marso მარტი մարտի "
    "آذار اذار مارچ মার্চ மார்ச் మార్చి",
    "april apr avril avr abril abr aprile kwietnia kwiecień kwi dubna duben április apríla aprilie апреля апр апрель "
    "квітня balandžio aprill huhtikuu huhtikuuta nisan nis απριλίου travnja apríl أبريل ابريل אפריל अप्रैल เมษายน "
    "เม.ย април априла aprila aprīlis aprīlī balandis απρ απρίλιος ápr красавіка кві квіт квітень prill aprel сәуір "
    "apirilaren ebrill aprili აპრილი ապրիլի نيسان أفريل افريل آوریل اپریل এপ্রিল एप्रिल ஏப்ரல் ఏప్రిల్",
    "may mai mayo maggio mag maio mei maja maj května květen május mája мая май травня gegužės toukokuu toukokuuta "
    "mayıs μαΐου svibnja maí مايو מאי मई พฤษภาคม พ.ค мај маја maig maijs maijā gegužė μάι μαΐ μάιος máj траўня тра "
    "трав травень мамыр maiatzaren მაისი մայիսի أيار ايار ماي مه می مئی মে मे மே మే",
    "june jun juni juin junio giugno giu junho czerwca czerwiec cze června červen június júna iunie iun июня июн июнь "
    "червня birželio juuni kesäkuu kesäkuuta haziran haz ιουνίου lipnja júní يونيو יוני जून มิถุนายน มิ.ย јун јуна "
    "junij junija юни јуни juny jūnijs jūnijā birželis ιουν ιούνιος ιούν jún чэрвеня чер черв червень qershor iyun "
    "маусым ekainaren xuño mehefin junie hunyo ივნისი հունիսի حزيران جوان ژوئن جون জুন ஜூன் జూన్",
    "july jul juli juillet juil julio luglio lug julho lipca lipiec lip července červenec július júla iulie iul июля "
    "июл июль липня liepos juuli heinäkuu heinäkuuta temmuz tem ιουλίου srpnja júlí يوليو יולי जुलाई กรกฎาคม ก.ค јул "
    "јула julij julija юли јули juliol jūlijs jūlijā liepa ιουλ ιούλιος ιούλ julai júl ліпеня лип липень korrik iyul "
    "шілде uztailaren xullo gorffennaf julie hulyo ივლისი հուլիսի تموز جويلية يوليوز ژوئیه جولای جولائی জুলাই जुलै "
    "ஜூலை జులై జూలై",
    "august aug août aout agosto ago augustus sierpnia sierpień sie srpna srpen augusztus augusta августа авг август "
    "серпня rugpjūčio elokuu elokuuta ağustos ağu αυγούστου kolovoza ágúst agustus أغسطس אוגוסט अगस्त สิงหาคม ส.ค "
    "augusti avgust avgusta agost augusts augustā rugpjūtis αυγ αύγουστος αύγ ogos agt agu жніўня сер серп серпень "
    "gusht avqust тамыз abuztuaren awst agosti აგვისტო օգոստոսի آب اب أوت اوت غشت آگوست اگست আগস্ট আগষ্ট ऑगस्ट ஆகஸ்ட் "
    "ఆగస్టు",
    "september sep sept septembre septiembre settembre set setembro września wrzesień wrz září szeptember septembra "
    "septembrie сентября сен сентябрь вересня rugsėjo syyskuu syyskuuta eylül eyl σεπτεμβρίου rujna سبتمبر ספטמבר "
    "सितंबर กันยายน ก.ย setiembre septembar септембар септембра септември setembre septembris septembrī rugsėjis σεπ "
    "σεπτ σεπτέμβριος szept верасня вер вересень shtator sentyabr sentabr қыркүйек irailaren medi septemba setyembre "
    "სექტემბერი սեպտեմբերի أيلول ايلول شتنبر سپتامبر ستمبر সেপ্টেম্বর सितम्बर सप्टेंबर செப்டம்பர் సెప్టెంబర్",
    "october oct oktober okt octobre octubre ottobre ott outubro out października październik paź října říjen október "
    "októbra octombrie октября окт октябрь жовтня spalio oktoober lokakuu lokakuuta ekim eki οκτωβρίου listopada-hr "
    "أكتوبر اكتوبر אוקטובר अक्टूबर ตุลาคม ต.ค oktobar октобар октобра oktobra октомври oktobris oktobrī spalis οκτ "
    "οκτώβριος кастрычніка жов жовт жовтень tetor oktyabr oktabr қазан urriaren hydref oktoba oktubre ოქტომბერი "
    "հոկտեմբերի اکتبر اکتوبر অক্টোবর अक्तूबर ऑक्टोबर அக்டோபர் అక్టోబర్",
    "november nov novembre noviembre novembro listopada listopad lis listopadu novembra noiembrie ноября ноя ноябрь "
    "листопада lapkričio marraskuu marraskuuta kasım kas νοεμβρίου studenoga nóvember نوفمبر נובמבר नवंबर พฤศจิกายน "
    "พ.ย nopember novembar новембар новембра ноември novembris novembrī lapkritis νοε νοέ νοέμβριος лістапада лис "
    "лист nëntor noyabr қараша azaroaren tachwedd novemba nobyembre ნოემბერი նոյեմբերի نونبر نوامبر نومبر নভেম্বর "
    "नवम्बर नोव्हेंबर நவம்பர் నవంబర్",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro grudnia grudzień gru prosince prosinec "
    "decembra decembrie декабря дек декабрь грудня gruodžio detsember joulukuu joulukuuta aralık ara δεκεμβρίου "
    "prosinca des desember ديسمبر דצמבר दिसंबर ธันวาคม ธ.ค decembar децембар децембра декември desembre decembris "
    "decembrī gruodis δεκ δεκέμβριος disember снежня гру груд грудень dhjetor dekabr желтоқсан abenduaren decembro "
    "rhagfyr desemba disyembre დეკემბერი դեկտեմբերի دجنبر دسامبر دسمبر ডিসেম্বর दिसम्बर डिसेंबर டிசம்பர் డిసెంబర్",
)
MONTHS: Final[dict[str, int]] = {
    name: number for number, names in reversed(list(enumerate(_MONTHS, 1))) for name in names.split()
}
"""Number (1-12) of each month by its names and usual short forms, lower-cased."""
_ACCENTS: Final = dict.fromkeys(range(768, 880)) | {ord("ı"): "i"}
LOCAL_MONTHS: Final[dict[str, tuple[str, ...]]] = {
    "mac": ("ms",), "julie": ("af",), "medi": ("cy",), "machi": ("sw",), "agosti": ("sw",), "marso": ("tl", "fil"),
    "kovas": ("lt",), "liepa": ("lt",), "agu": ("id", "ms"), "جون": ("ur", "ps"), "جوان": ("ar",),
    **dict.fromkeys("січ лют бер тра трав кві квіт чер черв лип сер серп вер жов жовт лис лист гру груд".split(), ("uk",)),
}  # fmt: skip
"""Names of months that are words or names of people in other languages ("M2 Mac 2023"), and their own languages."""
MIN_PLAIN_CHARS: Final = 6
"""Letters of a name that is known without its accents: a shorter one may be another word, as Spanish *paz*."""
MIN_PLAIN_CAPITALS: Final = 5
"""Such letters of a name in capitals."""
_PEOPLE: Final = frozenset({"marco", "marta", "maija"})
"""Names of months that without their accents are names of people."""
_CROATIAN_OCTOBER: Final = frozenset({"listopad", "listopada"})
"""November in Polish and Czech."""


def _plain(name: str) -> str:
    """A name without accents, which capitals often lack."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).translate(_ACCENTS))


_PLAIN_MONTHS: Final[dict[str, int]] = {_plain(name): number for name, number in MONTHS.items()}


def month_of(name: str, language: str = "") -> int:
    """The number of the month with this name, in any case, with or without accents and a full stop; 0 if there is none.

    >>> month_of("Sept."), month_of("ΜΑΪΟΥ"), month_of("במאי"), month_of("Day")
    (9, 5, 5, 0)
    >>> month_of("listopada"), month_of("listopada", "hr")
    (11, 10)
    >>> month_of("NİSAN"), month_of("KASIM"), month_of("août")
    (4, 11, 8)
    >>> month_of("Mac"), month_of("Mac", "ms"), month_of("Marco"), month_of("março"), month_of("fevrier"), month_of("paz")
    (0, 3, 0, 3, 2, 0)
    """
    is_capital = name.isupper()
    name = name.lower()
    bare = name.rstrip(".")
    if bare in LOCAL_MONTHS and language.partition("-")[0] not in LOCAL_MONTHS[bare]:
        return 0
    if bare in _CROATIAN_OCTOBER and language[:2] in {"hr", "bs"}:
        return 10
    found = MONTHS.get(bare) or MONTHS.get(name) or MONTHS.get(bare.removeprefix("ב"), 0)  # Hebrew "in"
    if found or len(bare) < (MIN_PLAIN_CAPITALS if is_capital else MIN_PLAIN_CHARS) or bare in _PEOPLE:
        return found
    return _PLAIN_MONTHS.get(_plain(bare), 0)
