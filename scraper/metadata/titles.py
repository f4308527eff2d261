"""A page's title in its own form: without the site's name behind it or a section in front of it.

Pages state their title up to five times (heading, JSON-LD, Open Graph, Twitter, <title>), each dressed for another reader.
`choose_title` takes the form that the page shows its readers, if another source bears it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from scraper.text.scripts import EAST_ASIAN

_WORDS: Final = re.compile(r"\w+")
_SEPARATOR: Final = re.compile(
    r"\s+(?:[-–—|•·»«:/~›‹>→⋆★ㅣ]|--|::|\|\|)\s+|\s*[|｜ㅣ]\s*|\s*[:：]\s*(?=\S{2,12}$)|\s(?=[-–—]\S+$)|(?<=\S)\s[-–—](?=\S)|"
    rf"[-–—_]{{1,2}}(?=[{EAST_ASIAN}]{{2,12}}$)"
)
_MARK: Final = re.compile(r"[-–—|•·»«:/~›‹>→⋆★ㅣ｜：_]")
"""What every separator holds; most titles hold none."""
_EAST_ASIAN_SECTION: Final = re.compile(rf"(?<=[{EAST_ASIAN}\"'”’」』）)])\s*[-–—_]{{1,2}}\s*[{EAST_ASIAN}]{{2,5}}$")
"""A section's name behind a title in scripts that put no spaces around the dash."""
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ud800-\udfff\ufffe\uffff]|(?<![\u0600-\u0dff])[\u200c\u200d]"
)
"""What no reader sees: soft hyphens and joiners, control characters, lone surrogates, which no file holds. Joiners spell in Persian and Hindi."""


MAX_TITLE: Final = 1000


def fold(text: str) -> str:
    """Lower-case words of a text, for comparing titles however they are punctuated."""
    return " ".join(_WORDS.findall(text.lower()))


def squash(text: str) -> str:
    """One line of the text: white space collapsed, characters dropped that are invisible or cannot be stored.

    >>> squash(" Heli\\u00adport \\n\\ud800 plan\\x00")
    'Heliport plan'
    """
    return " ".join((text if text.isascii() and text.isprintable() else _INVISIBLE.sub("", text)).split())


def clean_title(title: str, site: str = "", host: str = "", section: str = "") -> str:
    """The title without what names the site: `site` is its name, `host` its host name. A `section` behind it goes too.

    >>> clean_title("Rain ahead - The Daily Planet", "Daily Planet")
    'Rain ahead'
    >>> clean_title("Spider-Man - a review", "Daily Planet")
    'Spider-Man - a review'
    """
    return _without_site(squash(title[:MAX_TITLE]), site_names(site, host), section)


def _without_site(title: str, names: frozenset[str], section: str) -> str:
    """The title without up to three parts at its ends that name the site or the section."""
    first, colon, rest = title.partition(": ")
    if colon and squeeze(first) in names and " " in rest:
        title = rest.strip()
    for _ in range(3 if _MARK.search(title) else 0):
        parts = list(_SEPARATOR.finditer(title))
        if not parts:
            break
        head, tail = title[: parts[-1].start()].strip(), title[parts[-1].end() :].strip()
        first, rest = title[: parts[0].start()].strip(), title[parts[0].end() :].strip()
        if head and (_names_site(tail, names) or squeeze(tail) == squeeze(section)):
            title = _EAST_ASIAN_SECTION.sub("", head)
        elif rest and _names_site(first, names):
            title = rest
        else:
            break
    return title


def site_names(site: str, host: str) -> frozenset[str]:
    """Squeezed forms under which a site may sign its titles."""
    names = {squeeze(site), squeeze(re.sub(r"^(?:the|die|der|das|le|la|el|il)\s+", "", site, flags=re.IGNORECASE))}
    labels = [label for label in host.lower().split(".") if label not in {"www", "m", "amp"}]
    if len(labels) > 1:
        names |= {squeeze(labels[-2]), squeeze("".join(labels[-2:])), squeeze("".join(labels))}
        names |= {squeeze(labels[-3])} if len(labels) > 2 and len(labels[-2]) <= 3 else set()
    return frozenset(name for name in names if len(name) > 1)


def site_in_title(title: str, host: str) -> str:
    """The first or last part of a page's title that names the site by its host, or by the initials that its host is made of.

    >>> site_in_title("A checklist | Farm Road Fresh Seeds", "www.frfs.example")
    'Farm Road Fresh Seeds'
    >>> site_in_title("Spider-Man - a review", "planet.example")
    ''
    """
    title = squash(title[:MAX_TITLE])
    parts = list(_SEPARATOR.finditer(title)) if _MARK.search(title) else []
    names = site_names("", host)
    for part in (title[parts[-1].end() :].strip(), title[: parts[0].start()].strip()) if parts else ():
        initials = "".join(word[0] for word in _WORDS.findall(part)).lower()
        if 1 < len(part) <= 60 and (
            {squeeze(part), squeeze(part).removeprefix("the")} & names or (len(initials) > 2 and initials in names)
        ):
            return part
    return ""


def squeeze(text: str) -> str:
    """The letters and digits of a text, lower-cased and run together, for comparing names."""
    return "".join(_WORDS.findall(text.lower()))


def _names_site(part: str, names: frozenset[str]) -> bool:
    squeezed = squeeze(part)
    bare = squeezed.removeprefix("the")
    return bool(squeezed) and (
        squeezed in names or bare in names or any(len(name) > 3 and _contains(squeezed, name) for name in names)
    )


def _contains(part: str, name: str) -> bool:
    """Whether one holds the other and is not much longer: "CNN Politics" for CNN, "Daily Planet" for "The Daily Planet UK"."""
    return (name in part and len(part) <= 2.5 * len(name)) or (part in name and len(part) >= 4)


VOTES: Final[dict[str, float]] = {"heading": 2.2, "headline": 1.5, "og": 1.0, "title": 0.5, "twitter": 0.2}
"""How much each source of a title is trusted: the heading that readers see wins unless JSON-LD and Open Graph agree against it."""


def choose_title(
    headings: Iterable[str], told: Mapping[str, str], *, site: str = "", host: str = "", section: str = ""
) -> str:
    """The title that most trust stands behind; `told` holds raw titles by source (the keys of `VOTES`), `headings` the <h1> texts.

    A heading is believed only if some source bears it out (pages put logos and section names into <h1>). Where heading and
    Open Graph differ by a kicker ("Premiere: The play is back"), Open Graph knows whether it belongs to the title.
    """
    names = site_names(site, host)
    raw = {source: squash(text[:MAX_TITLE]) for source, text in told.items() if text}
    heads = [text for text in (squash(text[:MAX_TITLE]) for text in headings) if text and not _names_site(text, names)]
    clean = {text: _without_site(text, names, section) for text in {*raw.values(), *heads}}
    cleaned = {source: clean[text] for source, text in raw.items()}
    shown = [clean[text] for text in heads]
    heading = _heading(shown, cleaned.values())
    votes: dict[str, float] = {}
    forms: dict[str, str] = {}
    for source, text in (("heading", heading), *cleaned.items()):
        key = fold(text)
        if key:
            forms.setdefault(key, text)
            votes[key] = votes.get(key, 0.0) + VOTES[source]
    if not votes:
        return next(iter(shown), "")
    best = forms[max(votes, key=lambda key: votes[key])]
    og = cleaned.get("og", "")
    decides = best == heading and (len(og) < len(heading) or "headline" not in cleaned)
    return og if decides and _differ_by_kicker(heading, og) else best


def _differ_by_kicker(one: str, other: str) -> bool:
    """Whether one title is the other with words in front of it."""
    short, long = sorted((fold(one), fold(other)), key=len)
    return short != long and long.endswith(" " + short) and len(short.split()) >= 3


def _heading(shown: list[str], told: Iterable[str]) -> str:
    """The heading that other sources bear out best; a page's only heading of some length needs little support."""
    others = [set(fold(other).split()) for other in told]
    best, most = "", 0.0
    for text in shown:
        score = max((likeness(set(fold(text).split()), other) for other in others), default=0.0)
        if score > most + 0.01:
            best, most = text, score
    enough = 0.12 if len(set(shown)) == 1 and len(fold(best).split()) >= 5 else 0.33
    return best if most >= enough else ""


def likeness(mine: set[str], theirs: set[str]) -> float:
    """Share of common words, from 0 to 1; what one form merely adds or cuts weighs half."""
    if not mine or not theirs:
        return 0.0
    common = len(mine & theirs)
    contained = common / min(len(mine), len(theirs)) if min(len(mine), len(theirs)) > 2 else 0.0
    return max(common / len(mine | theirs), 0.9 * contained if contained >= 0.5 else 0.0)
