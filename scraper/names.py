"""Names of people in bylines and in the author fields of metadata.

A byline is a name wrapped in words: a preposition in front, a place, a job or an agency behind, several names joined.
What the words are stands in tables, by language; the code splits, trims and drops.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final

BY: Final[tuple[str, ...]] = (
    "written by", "reported by", "posted by", "published by", "story by", "words by", "text by", "article by", "created by", "submitted by",
    "authored by", "edited by", "reviewed by", "medically reviewed by", "fact checked by", "fact-checked by", "updated by", "contributed by",
    "analysis by", "opinion by", "review by", "interview by", "photography by", "photographs by", "as told to", "author", "authors", "by",
    "geschrieben von", "veröffentlicht von", "ein kommentar von", "eine analyse von", "ein gastbeitrag von", "kommentar von", "aus", "von", "autorin", "autoren", "autor/in",
    "propos recueillis par", "publié par", "écrit par", "rédigé par", "auteurs", "auteur", "par",
    "escrito por", "publicado por", "redactado por", "autora", "autores", "autor", "por",
    "a cura di", "scritto da", "pubblicato da", "autore", "di", "da",
    "geschreven door", "auteur(s)", "door", "skrevet av", "skrevet af", "skriven av", "tekst", "text", "texte", "texto", "testo", "av", "af",
    "napisane przez", "opracowanie", "oprac.", "przez", "kirjoittaja", "teksti", "yazar", "yazan", "muhabir", "haber",
    "автор", "автори", "авторы", "текст", "autorius", "szerző", "írta", "scris de", "de", "napsal", "napsala", "συντάκτης", "penulis", "oleh", "reporter", "editor",
    "记者", "作者", "责任编辑", "责编", "编辑", "記者", "文", "執筆", "著者", "글", "기자", "tác giả", "ผู้เขียน", "लेखक", "الكاتب", "كتب", "بقلم", "מאת",
)  # fmt: skip
"""What stands before a name, in the languages we know. Longer phrases win."""

AND: Final[tuple[str, ...]] = ("and", "und", "et", "with", "mit", "avec", "con", "en", "og", "och", "ja", "ve", "oraz", "и", "та", "és", "dan", "και", "și", "with additional reporting by")
"""Words that join names."""
AND_SHORT: Final[tuple[str, ...]] = ("y", "e", "i", "a")
"""Joining words that also stand within names: they split only where both sides have two words."""

ROLES: Final = re.compile(
    r"\b(?:editors?|reporters?|correspondents?|journalists?|columnists?|writers?|producers?|contributors?|contributing|photographers?|analysts?|director|"
    r"manager|chief|officer|executive|president|founder|professor|lecturer|freelancer?|staff|bureau|desk|newsroom|team|redaktion|redakteure?|redakteurin|"
    r"redakteur|korrespondent(?:in)?|reporterin|journalistin|volontär(?:in)?|rédaction|rédacteur|rédactrice|journaliste|correspondante?|redacción|redactora?|"
    r"periodista|corresponsal|redazione|giornalista|redação|repórter|jornalista|redactie|redacteur|verslaggever|journalist|redaksjonen|redaktionen|"
    r"redakcja|dziennikarz(?:ka)?|toimitus|toimittaja|редакция|корреспондент|журналист|muhabiri?|editörü?|admin|administrator|webmaster|webdesk|"
    r"specialist|expert|strategist|consultant|intern|fellow|guest author|guest post|sponsored|ph\.?d|m\.?d|rd|rdn|lcsw|mph|cfp|cpa|mba|senior|assistant|associate|host|anchor)\b",
    re.IGNORECASE,
)
"""Words of jobs and desks: a part of a byline that holds one is no name."""

NOBODY: Final = frozenset(
    "admin|administrator|editor|editors|editorial|staff|staff writer|staff reporter|newsroom|news desk|web desk|guest|guest author|anonymous|unknown|author|"
    "authors|none|null|n/a|undefined|root|user|webmaster|the editors|editorial staff|editorial team|redaktion|rédaction|redacción|redazione|redactie|"
    "redação|redakcja|toimitus|редакция|news|blog|team|support|wordpress|published|updated|share|follow|contributor|contributors|see all|read more|more|"
    "view profile|profile|bio|about|posts|all posts|website|email|twitter|facebook|linkedin|instagram|the associated press staff|article|comments|home|"
    "about the author|view bio|about us|latest|view all|posted|modified|date|search|menu|login|sign in|subscribe".split("|")
)
"""Fillers that stand where a name should."""

_SPACE: Final = re.compile(r"\s+")
_NOISE: Final = re.compile(r"\S+@\S+\.\w+|https?://\S+|www\.\S+|(?<!\w)@\w+|\+?\d[\d ()-]{7,}\d|<[^<>]{0,200}>")
_BRACKETS: Final = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_LEAD: Final = re.compile(
    r"^\W*(?:(?:" + "|".join(re.escape(word) for word in sorted(BY, key=len, reverse=True)) + r")(?:\s*[:：–—-]\s*|\s+(?=\w)))+", re.IGNORECASE
)
_TAIL: Final = re.compile(
    r"\s*(?:\||•|·|\s[–—-]\s|\s/\s(?=\d)|\b(?:published|updated|posted|last updated|last modified|on|first published|veröffentlicht|aktualisiert|publié|mis à jour|"
    r"publicado|actualizado|pubblicato|aggiornato|gepubliceerd|opublikowano|read time|min read|minutes? read|for the|special to|in [A-Z]\w+)\b(?=.{0,3}\S).*)",
)
_CUT: Final = re.compile(r"\s*(?:\||•|·|●|…|\n|\t|\s[–—-]\s).*$", re.DOTALL)
_DATED: Final = re.compile(
    r"\s*[,.]?\s*(?:\b(?:published|updated|posted|last updated|modified|on \w+ \d|for (?=[A-Z])|special to|veröffentlicht|aktualisiert|publié|mis à jour|publicado|"
    r"actualizado|pubblicato|aggiornato|gepubliceerd|opublikowano|\d+ min|read more|view all|about the author|is an?|was an?)\b|\d{1,4}[./: -]|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|"
    r"sat(?:ur)?|sun)(?:day)?\b|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.? \d).*$",
    re.IGNORECASE | re.DOTALL,
)
_JOIN: Final = re.compile(r"\s*(?:[,;&/、，；／|]|\s\+\s)\s*|\s+(?:" + "|".join(AND) + r")\s+(?=\S)", re.IGNORECASE)
_JOIN_SHORT: Final = re.compile(r"(?<=\w)\s+(?:" + "|".join(AND_SHORT) + r")\s+(?=\w)")
_SUFFIX: Final = re.compile(r"^(?:jr|sr|ii|iii|iv)\.?$", re.IGNORECASE)
_CREDENTIAL: Final = re.compile(r"^(?:[A-Z][A-Za-z]?\.?){1,3}[A-Z]{0,4}\.?(?:-[A-Z]+)?$|^(?:ph\.?\s?d|esq|m\.?d|rdn?|mph|mba|cfp®?|cpa|ms|ma|bsc|msc)\.?$", re.IGNORECASE)
_BARE: Final = re.compile(r"[^\W\d_]")


def read_byline(text: str) -> tuple[str, ...]:
    """Names of people in a visible byline, in order; empty when it names none.

    >>> read_byline("By Jane Doe and John Smith, Reuters | Staff Writer")
    ('Jane Doe', 'John Smith')
    """
    line = _SPACE.sub(" ", html.unescape(text).strip())[:400]
    return tuple(name for name in split_names(_LEAD.sub("", line, count=1)) if looks_like_person(name))


def split_names(text: str) -> tuple[str, ...]:
    """Names joined in one string, each trimmed of its wrapping; jobs, fillers and repeats dropped."""
    text = _NOISE.sub(" ", html.unescape(text))
    text = _CUT.sub("", text.strip())
    text = _LEAD.sub("", _SPACE.sub(" ", text).strip(), count=1)
    text = _DATED.sub("", _BRACKETS.sub("", text))
    parts: list[str] = []
    for part in _JOIN.split(text):
        part = part.strip(" .,:;-–—*•\"'“”")
        if parts and _SUFFIX.match(part):
            parts[-1] += f" {part}"
        elif part and not (parts and _CREDENTIAL.match(part)):
            parts.extend(_split_short(part))
    if len(parts) == 2 and all(" " not in part and part.isalpha() and part[0].isascii() for part in parts) and "," in text:
        parts = [f"{parts[1]} {parts[0]}"]
    return unique(_recase(part) for part in parts if _is_name(part))


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """The names without repeats (case and punctuation aside), first form kept."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(" ".join(re.findall(r"\w+", name.lower())), name)
    return tuple(name for key, name in found.items() if key)


def looks_like_person(name: str) -> bool:
    """Whether a string has the shape of a person's name: two to five capitalised words, or a short one in a script without case."""
    words = name.split()
    if any(map(str.isdigit, name)) or not 1 <= len(words) <= 6:
        return False
    if not any(char.isupper() or char.islower() for char in name):
        return 2 <= len(name) <= 20
    return len(words) >= 2 and words[0][0].isupper() and words[-1][0].isupper()


def _split_short(part: str) -> list[str]:
    sides = _JOIN_SHORT.split(part)
    return sides if len(sides) > 1 and all(" " in side for side in sides) else [part]


def _is_name(part: str) -> bool:
    if not 2 <= len(part) <= 60 or len(part.split()) > 7 or not _BARE.search(part):
        return False
    return part.lower() not in NOBODY and not ROLES.search(part)


def _recase(name: str) -> str:
    """A name in capitals as a name: JANE DOE becomes Jane Doe."""
    if " " in name and name.isupper() and name.isascii() and len(name) > 6:
        return name.title()
    return name
