"""Names of people in their usual form: given name first, small letters after the first."""

from __future__ import annotations

from typing import Final

from scraper.metadata.east_asian_names import is_east_asian_name
from scraper.text.patterns import lazy_pattern
from scraper.text.scripts import EAST_ASIAN

PARTICLES: Final = frozenset(
    "van von der den de del della di da do dos das du la le el al bin ibn ter ten zu af av i y e und san st mc o".split()
)
"""Words of names that are written small."""
MIN_CAPITALS: Final = 7
"""Characters of a name in capitals; a shorter one may be initials."""
_PAIR: Final = lazy_pattern(r"\s*([^\W\d_][\w'’ -]{1,30}),\s*([^\W\d_][\w.'’ -]{0,30})\s*")
"""A surname and a given name, as libraries write them."""
_CAPITALS_ONLY: Final = lazy_pattern(r"[İ\u0370-\u03ff]|\b[BCDFGHJKLMNPQRSTVWXZ]{3,}\b")
"""Letters of Turkish and Greek, whose capitals do not tell the small letters, and the short form of a station's name."""
_MC: Final = lazy_pattern(r"\b(Mc)([^\W\d_])")

_ROLE: Final = lazy_pattern(
    r"^(?:[^\W\d_a-z][\w'’.-]* ){0,4}(?i:writer|reporter|correspondent|journalist|columnist|editor|author|blogger|"
    r"redakteur(?:in)?|reporterin|korrespondent(?:in)?|journalistin|correspondante?|journaliste|corresponsal|giornalista|"
    r"redacteur|verslaggever|корреспондент|журналист) (?=[^\W\d_a-z][\w'’-]+ (?:[\w'’.-]+ ){0,3}[^\W\d_a-z][\w'’-]+$)"
)
"""A job before a name: "Local Democracy Reporter Jane Doe"."""


_EAST_ASIAN: Final = lazy_pattern(f"[{EAST_ASIAN}]")
_GEORGIAN: Final = lazy_pattern("[\u10d0-\u10ff]")
"""Letters that Python counts as small ones, although the script has no capitals in running text."""
_WORDS: Final = lazy_pattern(r"[^\d\s,;:!?.،؛]{2,20}(?: [^\d\s,;:!?،؛]{2,20}){1,3}")


def has_capitals(name: str) -> bool:
    """Whether a name is in a script with capitals, which tell names from other words."""
    return any(char.isupper() or (char.islower() and not _GEORGIAN.match(char)) for char in name)


def is_uncased_name(name: str) -> bool:
    """Whether a text in a script without capitals can be a name: two to four words, or East Asian characters after a surname.

    >>> is_uncased_name("كلارا حسون"), is_uncased_name("陈港"), is_uncased_name("المزيد"), is_uncased_name("Jane Doe")
    (True, True, False, False)
    """
    if has_capitals(name):
        return False
    return is_east_asian_name(name) if _EAST_ASIAN.search(name) else _WORDS.fullmatch(name) is not None


def without_role(name: str) -> str:
    """A name without the job before it.

    >>> without_role("Health Correspondent Jane Doe"), without_role("Tom Writer"), without_role("Sports Editor Jane")
    ('Jane Doe', 'Tom Writer', 'Sports Editor Jane')
    """
    return _ROLE.sub("", name)


def given_first(text: str) -> str:
    """A list of surnames and given names with the given names first, and a comma between the people.

    >>> given_first("Doe, Jane; van Ek, Bo"), given_first("Jane Doe, Salem; Bo Ek, Lisbon")
    ('Jane Doe, Bo van Ek', 'Jane Doe, Salem; Bo Ek, Lisbon')
    """
    pairs = [_PAIR.fullmatch(part) for part in text.split(";")] if ";" in text and "," in text else []
    people = [f"{pair[2]} {pair[1].strip()}" for pair in pairs if pair and _is_surname(pair[1])]
    return ", ".join(people) if len(people) == len(pairs) > 1 else text


def _is_surname(text: str) -> bool:
    """Whether a text is one word, perhaps with particles before it."""
    return all(word.lower() in PARTICLES for word in text.split()[:-1])


def swap_surname(parts: list[str], text: str) -> list[str]:
    """The parts of a text, with "Doe, Jane" changed to "Jane Doe"."""
    if (
        len(parts) == 2
        and "," in text
        and all(" " not in part and part.isalpha() and part[0].isascii() for part in parts)
    ):
        return [f"{parts[1]} {parts[0]}"]
    return parts


def recase(name: str) -> str:
    """A name in capitals with normal case.

    >>> recase("SEAN MCDOE"), recase("KLARA MÜLLER"), recase("JD EK"), recase("HBR THÜRINGEN")
    ('Sean McDoe', 'Klara Müller', 'JD EK', 'HBR THÜRINGEN')
    """
    is_clear = name.isascii() or not _CAPITALS_ONLY.search(name)
    if " " in name and name.isupper() and len(name) >= MIN_CAPITALS and is_clear:
        return _MC.sub(lambda found: found[1] + found[2].upper(), name.title())
    return name
