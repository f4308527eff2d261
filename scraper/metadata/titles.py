"""Chooses a page's title, and removes the names of the site and the section from it.

Pages state their title up to five times (heading, JSON-LD, Open Graph, Twitter, <title>), each in another form.
`choose_title` takes the heading that readers see, if another source confirms it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from scraper.text.entities import strip_encoding
from scraper.text.invisible import INVISIBLE
from scraper.text.patterns import lazy_pattern
from scraper.text.scripts import EAST_ASIAN, UNSPACED
from scraper.text.words import fold

_SEPARATOR: Final = lazy_pattern(
    r"\s+(?:[-–—|•·»«:/~›‹>→⋆★ㅣ]|--|::|\|\|)\s+|\s*[|｜ㅣ]\s*|\s*[:：]\s*(?=\S{2,12}$)|\s(?=[-–—]\S+$)|(?<=\S)\s[-–—](?=\S)|"
    rf"[-–—_]{{1,2}}(?=[{EAST_ASIAN}]{{2,12}}$)"
)
_MARK: Final = lazy_pattern(r"[-–—|•·»«:/~›‹>→⋆★ㅣ｜：_]")
"""A character of every separator; most titles have none."""
BARS: Final = "|｜ㅣ"
_BARE_BARS: Final = lazy_pattern(rf"(?:\s*[{BARS}])+\s*$")
"""Bars after which a template has no site to name. Other signs at the end of a title are its own."""
_EAST_ASIAN_SECTION: Final = lazy_pattern(rf"(?<=[{EAST_ASIAN}\"'”’」』）)])\s*[-–—_]{{1,2}}\s*[{EAST_ASIAN}]{{2,5}}$")
"""A section's name after a title, in scripts without spaces around the dash."""
_ARTICLE: Final = lazy_pattern(r"^(?:the|die|der|das|le|la|el|il)\s+", re.IGNORECASE)
"""An article before a site's name."""
_CONTROLS: Final = lazy_pattern("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters and lone surrogates."""

MAX_TITLE_CHARS: Final = 1000
"""Characters of a stated title that are read."""


def clean_line(text: str) -> str:
    """The text on one line: white space folded, without characters that are invisible or cannot be stored.

    >>> clean_line(" Heli\\u00adport \\n\\ud800 plan\\x00")
    'Heliport plan'
    """
    if not (text.isascii() and text.isprintable()):
        text = INVISIBLE.sub("", _CONTROLS.sub("", text))
    return " ".join(text.split())


def plain_line(text: str) -> str:
    """A line for people, from a page's metadata: clean, without entities and without tags of style.

    >>> plain_line("Tom &amp;amp; Jerry: <i>the</i> return")
    'Tom & Jerry: the return'
    """
    return clean_line(strip_encoding(text))


def _without_site(title: str, names: frozenset[str], section: str) -> str:
    """The title without up to three parts at its ends that name the site or the section.

    >>> _without_site("Rain ahead | Weather | Daily Planet", site_names("Daily Planet", ""), "Weather")
    'Rain ahead'
    >>> _without_site("Rain ahead |", frozenset(), ""), _without_site("Rain ahead --", frozenset(), "")
    ('Rain ahead', 'Rain ahead --')
    """
    if title[-1:] in BARS or title[-1:].isspace():
        title = _BARE_BARS.sub("", title) or title
    first, colon, rest = title.partition(": ")
    if colon and compact(first) in names and " " in rest:
        title = rest.strip()
    for _ in range(3 if _MARK.search(title) else 0):
        parts = list(_SEPARATOR.finditer(title))
        if not parts:
            break
        head, tail = title[: parts[-1].start()].strip(), title[parts[-1].end() :].strip()
        first, rest = title[: parts[0].start()].strip(), title[parts[0].end() :].strip()
        if head and (_names_site(tail, names) or (compact(tail) and compact(tail) == compact(section))):
            title = _EAST_ASIAN_SECTION.sub("", head) if UNSPACED.search(head) else head
        elif rest and _names_site(first, names):
            title = rest
        else:
            break
    return title


def site_names(site: str, host: str) -> frozenset[str]:
    """Forms of a site's name that may appear in its titles, each compacted (see `compact`)."""
    names = {compact(site), compact(_ARTICLE.sub("", site))}
    labels = [label for label in host.lower().split(".") if label not in {"www", "m", "amp"}]
    if len(labels) > 1:
        names |= {compact(labels[-2]), compact("".join(labels[-2:])), compact("".join(labels))}
        names |= {compact(labels[-3])} if len(labels) > 2 and len(labels[-2]) <= 3 else set()
    return frozenset(name for name in names if len(name) > 1)


def site_in_title(title: str, host: str) -> str:
    """The first or last part of a title that names the host or has its initials; empty if none does.

    >>> site_in_title("A checklist | Farm Road Fresh Seeds", "www.frfs.example")
    'Farm Road Fresh Seeds'
    >>> site_in_title("Spider-Man - a review", "planet.example")
    ''
    """
    title = plain_line(title[:MAX_TITLE_CHARS])
    parts = list(_SEPARATOR.finditer(title)) if _MARK.search(title) else []
    names = site_names("", host)
    for part in (title[parts[-1].end() :].strip(), title[: parts[0].start()].strip()) if parts else ():
        initials = "".join([word[0] for word in fold(part)])
        if 1 < len(part) <= 60 and (
            {compact(part), compact(part).removeprefix("the")} & names or (len(initials) > 2 and initials in names)
        ):
            return part
    return ""


def compact(text: str) -> str:
    """The letters and digits of a text, case folded, without spaces, for comparing names."""
    return "".join(fold(text))


def _names_site(part: str, names: frozenset[str]) -> bool:
    """Whether a part of a title is one of the site's names, or nearly."""
    compacted = compact(part)
    bare = compacted.removeprefix("the")
    return bool(compacted) and (
        compacted in names or bare in names or any(len(name) > 3 and _contains(compacted, name) for name in names)
    )


def _contains(part: str, name: str) -> bool:
    """Whether one contains the other and is not much longer, as "CNN Politics" and "CNN"."""
    return (name in part and len(part) <= 2.5 * len(name)) or (part in name and len(part) >= 4)


VOTES: Final[dict[str, float]] = {"heading": 2.2, "headline": 1.5, "og": 1.0, "title": 0.5, "twitter": 0.2}
"""Trust in each source of a title. The heading wins unless JSON-LD and Open Graph agree on another."""


def choose_title(
    headings: Iterable[str], stated: Mapping[str, str], *, site: str = "", host: str = "", section: str = ""
) -> str:
    """The title with the most votes. `stated`: raw titles by source (the keys of `VOTES`); `headings`: the <h1> texts.

    A heading counts only if another source confirms it: pages put logos and section names into <h1>. If heading and Open
    Graph differ by a kicker ("Premiere: The play is back"), Open Graph decides whether the kicker belongs to the title.
    """
    names = site_names(site, host)
    headings = tuple(headings)
    plain = {text: plain_line(text[:MAX_TITLE_CHARS]) for text in {*stated.values(), *headings}}
    raw = {source: plain[text] for source, text in stated.items() if text}
    heads = [text for text in map(plain.__getitem__, headings) if text and not _names_site(text, names)]
    clean = {text: _without_site(text, names, section) for text in {*raw.values(), *heads}}
    cleaned = {source: clean[text] for source, text in raw.items()}
    shown = [clean[text] for text in heads]
    heading = _heading(shown, cleaned.values())
    votes: dict[tuple[str, ...], float] = {}
    forms: dict[tuple[str, ...], str] = {}
    for source, text in (("heading", heading), *cleaned.items()):
        if key := fold(text):
            forms.setdefault(key, text)
            votes[key] = votes.get(key, 0.0) + VOTES[source]
    if not votes:
        return next(iter(shown), "")
    best = forms[max(votes, key=lambda key: votes[key])]
    og = cleaned.get("og", "")
    decides = best == heading and (len(og) < len(heading) or "headline" not in cleaned)
    return og if decides and _differ_by_kicker(heading, og) else best


def _differ_by_kicker(one: str, other: str) -> bool:
    """Whether one title is the other with words before it."""
    short, long = sorted((fold(one), fold(other)), key=len)
    return 3 <= len(short) < len(long) and long[-len(short) :] == short


def _heading(shown: list[str], stated: Iterable[str]) -> str:
    """The heading that the stated titles confirm best. A page's only long heading needs little agreement."""
    others = [set(fold(other)) for other in stated]
    best, most = "", 0.0
    for text in shown:
        score = max((likeness(set(fold(text)), other) for other in others), default=0.0)
        if score > most + 0.01:
            best, most = text, score
    enough = 0.12 if len(set(shown)) == 1 and len(fold(best)) >= 5 else 0.33
    return best if most >= enough else ""


def likeness(mine: set[str], theirs: set[str]) -> float:
    """Share of common words, from 0 to 1; nearly 1 if one title is contained in the other."""
    if not mine or not theirs:
        return 0.0
    common = len(mine & theirs)
    contained = common / min(len(mine), len(theirs)) if min(len(mine), len(theirs)) > 2 else 0.0
    return max(common / len(mine | theirs), 0.9 * contained if contained >= 0.5 else 0.0)
