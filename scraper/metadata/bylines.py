"""Parses bylines and the author fields of metadata into names of people.

A byline has words around the names: "by" before them, a place, a job or an agency after them, "and" between them. Tables
hold these words by language; the code splits, trims and drops.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from scraper.metadata.east_asian_names import STARTS_EAST_ASIAN, spread_names
from scraper.metadata.not_names import holds_template, names_nobody, without_echo, without_link_words, writers_part
from scraper.text.entities import decode_entities
from scraper.text.patterns import lazy_pattern
from scraper.text.words import fold

BY_WORDS: Final[tuple[str, ...]] = (
    "written by", "reported by", "posted by", "published by", "story by", "words by", "text by", "article by", "created by", "submitted by",
    "authored by", "contributed by", "analysis by", "opinion by", "review by", "interview by", "as told to", "author", "authors", "by",
    "geschrieben von", "veröffentlicht von", "ein kommentar von", "eine analyse von", "ein gastbeitrag von", "kommentar von", "aus", "von", "autorin", "autoren", "autor/in",
    "propos recueillis par", "publié par", "écrit par", "rédigé par", "auteurs", "auteur", "par",
    "escrito por", "publicado por", "redactado por", "autora", "autores", "autor", "por",
    "a cura di", "scritto da", "pubblicato da", "autore", "di", "da",
    "geschreven door", "auteur(s)", "door", "skrevet av", "skrevet af", "skriven av", "tekst", "text", "texte", "texto", "testo", "av", "af",
    "napisane przez", "opracowanie", "oprac.", "przez", "kirjoittaja", "teksti", "yazar", "yazan", "muhabir", "haber",
    "автор", "автори", "авторы", "текст", "autorius", "szerző", "írta", "scris de", "de", "napsal", "napsala", "συντάκτης", "penulis", "oleh", "reporter", "editor",
    "记者", "作者", "责任编辑", "责编", "编辑", "記者", "文", "執筆", "著者", "글", "기자", "tác giả", "ผู้เขียน", "लेखक", "الكاتب", "كتب", "بقلم", "מאת",
)  # fmt: skip
"""Words before a name, by language. Longer phrases win."""

AND: Final[tuple[str, ...]] = (
    "and",
    "und",
    "et",
    "with",
    "mit",
    "avec",
    "con",
    "en",
    "og",
    "och",
    "ja",
    "ve",
    "oraz",
    "и",
    "та",
    "és",
    "dan",
    "και",
    "și",
    "with additional reporting by",
)
"""Words between names."""
AND_SHORT: Final[tuple[str, ...]] = ("y", "e", "i", "a")
"""Words between names that also occur inside names: they split only if both sides have two words."""

ROLES: Final = lazy_pattern(
    r"\b(?:editors?|reporters?|correspondents?|journalists?|columnists?|writers?|producers?|contributors?|contributing|photographers?|analysts?|director|"
    r"manager|chief|officer|executive|president|founder|professor|lecturer|freelancer?|staff|bureau|desk|newsroom|redaktion|redakteure?|redakteurin|"
    r"redakteur|korrespondent(?:in)?|reporterin|journalistin|volontär(?:in)?|rédaction|rédacteur|rédactrice|journaliste|correspondante?|redacción|redactora?|"
    r"periodista|corresponsal|redazione|giornalista|redação|repórter|jornalista|redactie|redacteur|verslaggever|journalist|redaksjonen|redaktionen|"
    r"redakcja|dziennikarz(?:ka)?|toimitus|toimittaja|редакция|корреспондент|журналист|muhabiri?|editörü?|admin|administrator|webmaster|webdesk|"
    r"specialist|expert|strategist|consultant|intern|fellow|guest author|guest post|sponsored|senior|assistant|associate|host|anchor|head of|head|lead|reviewer|"
    r"ceo|cto|cfo|coo|vp|co-founder|owner|marketing|dietitian|nutritionist|physician|attorney|gardener|winemaker|clinician|coach|educator|researcher|scientist|"
    r"engineer|developer|designer|blogger|publisher|moderator)\b",
    re.IGNORECASE,
)
"""Words of jobs and desks: a part of a byline with one of them is no name."""

ORGANISATION: Final = lazy_pattern(
    r"^(?:the|our)\s|\b(?:news|newspapers?|media|press|times|journal|post|network|group|inc|ltd|llc|gmbh|company|store|shop|team|agency|agencies|institute|university|"
    r"school|college|centre|center|foundation|association|society|magazine|tribune|herald|gazette|chronicle|enquirer|inquirer|telegraph|telegram|courier|sentinel|dispatch|bulletin|examiner|guardian|daily|weekly|services?|"
    r"studios?|labs?|online|digital|solutions|communications|nachrichten|zeitung|agentur|verlag|ajans\w*|agence|agencia|agenzia|agência|noticias|notícias|notizie|"
    r"presse|prensa|department|council|government|ministry|usa today|reuters|afp|dpa|apa|efe|ansa|tass|pti|ani|ians|xinhua|bloomberg|staff|editors)\b|新聞|新闻|社$|通信|日報|뉴스|일보|신문",
    re.IGNORECASE,
)
"""Words that occur in names of organisations, not of people."""

_BODY: Final = lazy_pattern(
    r"^(?:the )?(?:[\w.'’-]+ ){0,4}(?:center|centre|institute|department|office|ministry|bureau|agency|board|faculty|school|division|committee|commission|institut|zentrum|amt|"
    r"ministerium|ministère|centro|instituto|ministerio|istituto|ministero) (?:of|for|on|für|de|des|du|pour|para|di|da|do|per)\b[^,;|/•·]*$",
    re.IGNORECASE,
)
"""A public body, whose name may hold "and": "Centre for Ports and Tides"."""

AGENCY: Final = lazy_pattern(
    r"^(?:the )?(?:associated press|ap|reuters|afp|dpa|apa|efe|ansa|pti|ani|ians|tass|xinhua|bloomberg|press association|pa media|canadian press|cp|sda|ats|belga|anp|tt|ntb|ritzau|lusa|epd|kna|sid|keystone-sda|anadolu ajansı)(?: news)?$",
    re.IGNORECASE,
)
"""News agencies: if metadata names one as author, the names that the page shows do not replace it."""

FILLER: Final = lazy_pattern(r"\bstaff\b|\beditors?\b|\badmin\b|\bcontributors?\b", re.IGNORECASE)
"""Words of signatures that name neither a person nor an organisation."""

TEAM: Final = frozenset(
    "team staff editors contributor contributors newsroom équipe redaktion rédaction redacción redazione redação redactie redaktionen toimitus".split()
)
"""Words by which a signature names the team of a publication: "Planet Staff", "The Planet Team"."""
_ANY_TEAM: Final = TEAM | frozenset(
    "the our la le die de editorial editor writer writers guest community news web desk content admin blog and of der media".split()
)

PARTICLES: Final = frozenset(
    "van von der den de del della di da dos das du la le el al bin ibn ter ten zu af av i y e und san st mc o".split()
)
_COMMON: Final = frozenset(
    "the of in to for on at with from this that your our you and or is are how what why when best top guide tips table contents article share comments get "
    "started copy video photo image read more view all about start learn free new about home page index contact download next previous skip main "
    "my click here profile copyright credit credits source filed under content section category topics home related latest popular join sign".split()
)
"""Words of link texts and headings that occur in no name."""

_AGENCY_TAIL: Final = lazy_pattern(
    r"\s+(?:(?:the\s+)?associated press|usa today(?: network)?|reuters|bloomberg(?: news)?|afp|dpa|cnn|bbc news|(?:the\s+)?canadian press|press association|pa media)$",
    re.IGNORECASE,
)
_SPACE: Final = lazy_pattern(r"\s+")
_NOISE: Final = lazy_pattern(r"\S+@\S+\.\w+|https?://\S+|www\.\S+|(?<!\w)@\w+|\+?\d[\d ()-]{7,}\d|<[^<>]{0,200}>")
_BRACKETS: Final = lazy_pattern(r"\s*[(\[（][^()\[\]（）]*[)\]）]")
_BY_PATTERN: Final = "|".join(re.escape(word) for word in sorted(BY_WORDS, key=len, reverse=True))
_LEAD: Final = lazy_pattern(rf"^\W*(?:(?:\w+ by|{_BY_PATTERN})(?:\s*[:：–—-]\s*|\s+(?=\w)))+", re.IGNORECASE)
_BY_INSIDE: Final = lazy_pattern(
    r"[\d\s·|•,—-](?P<by>(?:by|von|par|por|door|av|af|di)\s+(?!lettura\b)\w|(?:作者|记者|記者)\s?[:：]\s?\w)",
    re.IGNORECASE,
)
_REPORTER: Final = lazy_pattern(r"^\W*[가-힣]{2,4}\s?(?:(?:선임|인턴|수습)\s?)?(?:기자|특파원)(?=\W|$)")
_NOT_BY: Final = lazy_pattern(
    r"\b(?:review(?:ed)?|edited|checked|verified|updated|approved|translated|sponsored|presented|powered|photo(?:s|graph|graphs|graphed|graphy)?|image|images|video|illustrations?|"
    r"illustrated|produced)\s+by\b|\bcontributions? from\b|\b(?:foto|fotos|photo|bild|bilder|übersetzt|übersetzung|geprüft|traduit|traducido|tradotto)\s*(?::|von|par|por|da|di)\b",
    re.IGNORECASE,
)
"""Words that introduce people who did not write the article."""
_HANDLE_LEAD: Final = lazy_pattern(
    r"^\W*(?:(?:written|posted|published) )?(?:by|von|par|por|door|av|af|di)\b[\s:]*(?=\w)", re.IGNORECASE
)
_BY_ALONE: Final = frozenset(BY_WORDS)
_CUT: Final = lazy_pattern(r"\s*(?:\||•|·|⋅|∙|●|…|\n|\t|\s[–—-]\s).*$", re.DOTALL)
_DATED: Final = lazy_pattern(
    r"\s*[,.]?\s*(?:\b(?:published|updated|posted|last updated|modified|on \w+ \d|for (?=[A-Z])|special to|veröffentlicht|aktualisiert|publié|mis à jour|publicado|"
    r"actualizado|pubblicato|aggiornato|gepubliceerd|opublikowano|(?:medically |scientifically )?(?:reviewed|edited|checked|verified) by|\d+(?:[–-]\d+)? min(?:ute)?s?|on (?=\w+day\b)|read more|view\b|about the author|contributions? from|is an?|was an?)\b|\d{1,4}[./: -]|"
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:mon|tue|wed|thu|fri|sat|sun)\b[,.]|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.? \d).*$",
    re.IGNORECASE | re.DOTALL,
)
_PLACE: Final = lazy_pattern(r",?\s+in\s(?!['’]t).*$", re.DOTALL)
"""A place or section after a name: "Jane Doe in London", "Jane Doe in Science"."""
_JOIN: Final = lazy_pattern(r"\s*(?:[,;&/、，；／|]|\s\+\s)\s*|\s+(?:" + "|".join(AND) + r")\s+(?=\S)", re.IGNORECASE)
_JOIN_SHORT: Final = lazy_pattern(r"(?<=\w)\s+(?:" + "|".join(AND_SHORT) + r")\s+(?=\w)")
_SUFFIX: Final = lazy_pattern(r"^(?:jr|sr|ii|iii|iv)\.?$", re.IGNORECASE)
_CREDENTIAL: Final = lazy_pattern(
    r"^(?:[A-Z]{1,2}[a-z]?\.?-?){1,5}[®™]?$|^(?i:ph\.?\s?d|esq|m\.?d|rdn?|mph|mba|cfp|cpa|ms|ma|bsc|msc|dr|prof)\.?[®™]?$"
)
DEGREES: Final = (
    "M.D|D.O|Ph.\\s?D|Psy.D|Ed.D|Pharm.D|D.V.M|V.M.D|D.D.S|D.M.D|J.D|L.L.M|M.P.H|M.B.A|M.S|M.Sc|M.A|M.Ed|M.F.A|B.A|B.S|B.Sc|R.D|R.D.N|L.D|R.N|N.P|A.P.R.N|D.N.P|D.P.T|"
    "L.C.S.W|L.M.F.T|L.P.C|C.F.P|C.F.A|C.P.A|C.P.P|C.E.P.F|F.A.N.D|F.A.C.L.M|C.P.T|C.S.C.S|C.D.C.E.S|I.B.C.L.C|C.I.S.S.P|P.M.P|E-RYT|Esq"
)
"""Degrees and licences after a name; dots are optional."""
_DEGREES: Final = DEGREES.replace(".", "\\.?")
_DEGREE_TAIL: Final = lazy_pattern(
    rf"(?:,?\s+(?:{_DEGREES})(?![\w-])\.?[®™]?)(?:,?\s+[A-Z][A-Z.-]+(?![\w-])[®™]?|,?\s+(?:{_DEGREES})(?![\w-])\.?[®™]?)*$"
)
_HANGUL_ROLE: Final = lazy_pattern(
    r"\s*(?:기자|특파원|논설위원|선임기자|인턴기자)(?:\s*외\s*\d+명)?$|\s*외\s*\d+명$|\s*記者$"
)
_TITLE_LEAD: Final = lazy_pattern(r"^(?:prof|professor|mr|mrs|ms|sir|dame|rev)\.?\s+(?=[A-Z]\w*\.?\s)", re.IGNORECASE)
_DOCTOR: Final = lazy_pattern(r"^(?:dr|prof)\.?(?:\s+dr\.?)?\s+(?=\w)", re.IGNORECASE)
_DOMAIN: Final = lazy_pattern(r"^[\w-]+(?:\.[\w-]+)+$")
MAX_CACHED: Final = 1_000
"""Lines whose names are remembered: a page states each author four times, and pages of a site share them."""
_BARE: Final = lazy_pattern(r"[^\W\d_]")


@lru_cache(maxsize=MAX_CACHED)
def read_byline(text: str) -> tuple[str, ...]:
    """Names of people in a visible byline, in order; empty if it names none.

    >>> read_byline("By Jane Doe and John Smith, Reuters | Staff Writer")
    ('Jane Doe', 'John Smith')
    """
    line = decode_entities(text[:1000]).strip()
    if names_nobody(line):
        return ()
    line = _SPACE.sub(" ", spread_names(line))[:400]
    return tuple(name for name in split_names(_PLACE.sub("", _LEAD.sub("", line, count=1))) if looks_like_person(name))


def read_handle(text: str) -> tuple[str, ...]:
    """The pen name or company in a short line such as "by jsteinhardt" or "By 3i Global"; empty if it is no byline."""
    match = _HANDLE_LEAD.match(text) if len(text) <= 100 and "@" not in text else None
    rest = _PLACE.sub("", _DATED.sub("", _CUT.sub("", text[match.end() :]))).strip(" .,:;-") if match else ""
    words = rest.split()
    named = (
        len(words) == 1 or all(not word[0].islower() or word in PARTICLES for word in words[words[0] == "the" :])
        if words
        else False
    )
    if (
        not named
        or not 3 <= len(rest) <= 40
        or len(words) > 4
        or names_nobody(rest)
        or (FILLER.search(rest) and not is_team(rest))
    ):
        return ()
    return (rest,)


def is_team(name: str) -> bool:
    """Whether a signature names a publication's team: "Planet Staff" does; "Staff" and "The Editors" do not.

    >>> is_team("The Planet Team"), is_team("Staff Writer"), is_team("Our Editors")
    (True, False, False)
    """
    words = name.split()
    if not 2 <= len(words) <= 5 or not (words[-1].lower() in TEAM or words[0].lower() == "team"):
        return False
    own = [word for word in words if word.lower() not in _ANY_TEAM]
    return any(not word[0].islower() for word in own) and not ROLES.search(" ".join(own))


def read_team(text: str) -> tuple[str, ...]:
    """The team in a short text such as "By the Planet Team, 3 May 2024"; empty if it names none."""
    name = _DATED.sub("", _CUT.sub("", _LEAD.sub("", text, count=1))).strip(" .,:;-")
    return (name,) if is_team(name) else ()


def signed_line(text: str) -> tuple[str, ...]:
    """Names in a line of only "By", one or two names, a degree or job and a date; empty for any other line."""
    line = _DATED.sub("", _CUT.sub("", text)) if starts_byline(text) else ""
    first, comma, job = line.partition(",")
    line = first if comma and ROLES.search(job) else line
    names = read_byline(line) if len(line) <= 70 else ()
    words = sum(len(name.split()) for name in names)
    return (
        names
        if 1 <= len(names) <= 2
        and all(len(bare_name(name).split()) <= 3 for name in names)
        and len(line.split()) <= words + len(names) + 1
        else ()
    )


def joins_last(text: str, name: str) -> bool:
    """Whether a word such as "and" stands before a name in a byline.

    >>> joins_last("By Jane Doe and John Smith", "John Smith"), joins_last("By Jane Doe, Port Harrow", "Port Harrow")
    (True, False)
    """
    before = text[: text.rfind(name)].rstrip().lower()
    return before.endswith(("&", "、")) or (before.split() or [""])[-1] in {*AND, *AND_SHORT}


def after_date(text: str) -> str:
    """A line from its "by" on, if only a date or a reading time is before it: "3 May 2021 · by Jane Doe"."""
    match = _BY_INSIDE.search(text)
    return text[match.start("by") :] if match and any(map(str.isdigit, text[: match.start()])) else text


@lru_cache(maxsize=MAX_CACHED)
def starts_byline(text: str) -> bool:
    """Whether a line starts with words that introduce writers (not reviewers, editors or photographers)."""
    return bool(
        _LEAD.match(text)
        or STARTS_EAST_ASIAN.match(text)
        or _REPORTER.match(text)
        or text.strip(" :：").lower() in _BY_ALONE
    ) and not _NOT_BY.search(text[:60])


@lru_cache(maxsize=MAX_CACHED)
def split_names(text: str) -> tuple[str, ...]:
    """The names in a string, without the words around them, without jobs, fillers and repeats."""
    text = decode_entities(text[:800]).strip()
    if holds_template(text) or names_nobody(text):
        return ()
    text = spread_names(text)
    text = without_link_words(writers_part(text) or text)
    text = _NOISE.sub(" ", _BRACKETS.sub("", text))
    text = _CUT.sub("", text.strip())
    text = _LEAD.sub("", _SPACE.sub(" ", text).strip(), count=1)
    text = _DATED.sub("", text)
    parts: list[str] = []
    for piece in _JOIN.split(text):
        part = piece.strip(" .,:;-–—*•\"'“”）】」")
        if parts and _SUFFIX.match(part):
            parts[-1] += f" {part}"
        elif parts and _CREDENTIAL.match(part) and _DEGREE_TAIL.search(f"{parts[-1]}, {part}"):
            parts[-1] += f", {part}" + ("." if "." in part and piece.rstrip().endswith(".") else "")
        elif part and not (parts and _CREDENTIAL.match(part) and not AGENCY.match(part)):
            parts.extend(_split_short(part))
    return unique(_recase(part) for part in map(_trim, _swap_surname(parts, text)) if _is_name(part))


@lru_cache(maxsize=MAX_CACHED)
def read_signature(text: str) -> tuple[str, ...]:
    """Names in an author field: those that `split_names` finds, else the whole field if it names a company or team."""
    names = split_names(text)
    whole = _SPACE.sub(" ", _NOISE.sub(" ", decode_entities(text[:200]))).strip(" .,:;|-")
    if is_team(whole) or (_BODY.match(whole) and not names_nobody(whole)):
        return (whole,)
    if (
        names
        or holds_template(text)
        or not 3 <= len(whole) <= 50
        or len(whole.split()) > 6
        or names_nobody(whole)
        or FILLER.search(whole)
    ):
        return names
    return (whole,) if (whole[0].isupper() or whole[0].isdigit()) and " " in whole and not _DATED.search(whole) else ()


def _swap_surname(parts: list[str], text: str) -> list[str]:
    """The parts, with "Doe, Jane" changed to "Jane Doe"."""
    if (
        len(parts) == 2
        and "," in text
        and all(" " not in part and part.isalpha() and part[0].isascii() for part in parts)
    ):
        return [f"{parts[1]} {parts[0]}"]
    return parts


def _trim(name: str) -> str:
    """A name without forms of address, a reporter's suffix or an agency after it. Degrees are kept unchanged."""
    name = without_echo(without_link_words(_HANGUL_ROLE.sub("", _TITLE_LEAD.sub("", name))))
    degrees = _DEGREE_TAIL.search(name)
    tail = degrees[0] if degrees else ""
    name = name.removesuffix(tail)
    bare = _AGENCY_TAIL.sub("", name)
    name = bare if " " in bare else name
    words = name.split()
    if len(words) >= 4 and words[0].lower() not in {"the", "our"} and ORGANISATION.fullmatch(words[-1]):
        return " ".join(words[:2])
    return name.strip(" .,") + tail


@lru_cache(maxsize=MAX_CACHED)
def bare_name(name: str) -> str:
    """A name without "Dr." and degrees, for comparing.

    >>> bare_name("Dr. Jane Doe, M.D., MPH")
    'Jane Doe'
    """
    return _DOCTOR.sub("", _DEGREE_TAIL.sub("", name))


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """The names without repeats, ignoring case and punctuation; the first form is kept."""
    found: dict[tuple[str, ...], str] = {}
    for name in names:
        found.setdefault(fold(bare_name(name)), name)
    found.pop((), None)
    return tuple(found.values())


def looks_like_person(name: str) -> bool:
    """Whether a string looks like a person's name: two to five capitalised words; a short text in a script without case."""
    name = bare_name(name)
    words = name.split()
    if any(map(str.isdigit, name)) or ":" in name or not 1 <= len(words) <= 5 or is_organisation(name):
        return False
    if not any(char.isupper() or char.islower() for char in name):
        return 2 <= len(name) <= 20
    capital = all(word[0].isupper() or word.lower() in PARTICLES or word[0] in "'’" for word in words)
    return capital and len(words) >= 2 and words[-1][0].isupper() and not any(word.lower() in _COMMON for word in words)


def is_plain_name(name: str) -> bool:
    """Whether a string is recognisable as a person's name without words around it: only in scripts with capitals."""
    return looks_like_person(name) and name[0].isupper()


@lru_cache(4096)
def is_organisation(name: str) -> bool:
    """Whether an author's name is that of a company, an agency, a desk or a web address."""
    return bool(ORGANISATION.search(name) or _DOMAIN.match(name))


def _split_short(part: str) -> list[str]:
    """Names joined by a word of `AND_SHORT`, if each has two words."""
    sides = _JOIN_SHORT.split(part)
    return sides if len(sides) > 1 and all(" " in side for side in sides) else [part]


def _is_name(part: str) -> bool:
    """Whether a part of a byline can be a name."""
    if not 2 <= len(part) <= 60 or len(part.split()) > 7 or not _BARE.search(part):
        return False
    return not names_nobody(part) and not ROLES.search(part)


def _recase(name: str) -> str:
    """A name in capitals with normal case: JANE DOE becomes Jane Doe."""
    if " " in name and name.isupper() and name.isascii() and len(name) > 6 and not is_organisation(name):
        return name.title()
    return name
