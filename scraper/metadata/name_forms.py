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
_MC: Final = lazy_pattern(r"\b(Mc)([^\W\d_])")

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
    """A name in capitals with normal case. Capitals beyond ASCII stay: РИА НОВОСТИ and ORF NIEDERÖSTERREICH are stations.

    >>> recase("SEAN MCDOE"), recase("JD EK"), recase("ČT SPORT")
    ('Sean McDoe', 'JD EK', 'ČT SPORT')
    """
    if " " in name and name.isupper() and len(name) >= MIN_CAPITALS and name.isascii():
        return _MC.sub(lambda found: found[1] + found[2].upper(), name.title())
    return name
