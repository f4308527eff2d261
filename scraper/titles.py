"""A page's title in its own form: without the site's name behind it or a section in front of it.

Pages state their title up to five times (heading, JSON-LD, Open Graph, Twitter, <title>), each dressed for another reader.
`choose_title` takes the form that the page shows its readers, if another source bears it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_SPACE: Final = re.compile(r"\s+")
_WORDS: Final = re.compile(r"\w+")
_SEPARATOR: Final = re.compile(r"\s+(?:[-–—|•·»«:/~›‹>→⋆★ㅣ]|--|::|\|\|)\s+|\s*[|｜]\s*|\s*[:：]\s*(?=\S{2,12}$)|\s(?=[-–—]\S+$)|(?<=\S)\s[-–—](?=\S)")
_INVISIBLE: Final = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")


def fold(text: str) -> str:
    """Lower-case words of a text, for comparing titles however they are punctuated."""
    return " ".join(_WORDS.findall(text.lower()))


def squash(text: str) -> str:
    """One line of the text: white space collapsed, invisible characters dropped."""
    return _SPACE.sub(" ", _INVISIBLE.sub("", text)).strip()


def clean_title(title: str, site: str = "", host: str = "") -> str:
    """The title without what names the site: `site` is its name, `host` its host name.

    >>> clean_title("Rain ahead - The Daily Planet", "Daily Planet")
    'Rain ahead'
    >>> clean_title("Spider-Man - a review", "Daily Planet")
    'Spider-Man - a review'
    """
    title = squash(title)
    names = site_names(site, host)
    for _ in range(3):
        parts = list(_SEPARATOR.finditer(title))
        if not parts:
            break
        head, tail = title[: parts[-1].start()].strip(), title[parts[-1].end() :].strip()
        first, rest = title[: parts[0].start()].strip(), title[parts[0].end() :].strip()
        if head and _names_site(tail, names):
            title = head
        elif rest and _names_site(first, names):
            title = rest
        else:
            break
    return title


def site_names(site: str, host: str) -> frozenset[str]:
    """Squeezed forms under which a site may sign its titles."""
    names = {_squeeze(site), _squeeze(re.sub(r"^(?:the|die|der|das|le|la|el|il)\s+", "", site, flags=re.IGNORECASE))}
    labels = [label for label in host.lower().split(".") if label not in {"www", "m", "amp"}]
    if len(labels) > 1:
        names |= {_squeeze(labels[-2]), _squeeze("".join(labels[-2:])), _squeeze("".join(labels))}
        names |= {_squeeze(labels[-3])} if len(labels) > 2 and len(labels[-2]) <= 3 else set()
    return frozenset(name for name in names if len(name) > 1)


def _squeeze(text: str) -> str:
    return "".join(_WORDS.findall(text.lower()))


def _names_site(part: str, names: frozenset[str]) -> bool:
    squeezed = _squeeze(part)
    bare = squeezed.removeprefix("the")
    return bool(squeezed) and (squeezed in names or bare in names or any(len(name) > 3 and _contains(squeezed, name) for name in names))


def _contains(part: str, name: str) -> bool:
    """Whether one holds the other and is not much longer: "CNN Politics" for CNN, "Daily Planet" for "The Daily Planet UK"."""
    return (name in part and len(part) <= 2.5 * len(name)) or (part in name and len(part) >= 4)


def choose_title(headings: Iterable[str], headline: str, social: Iterable[str], title: str, *, site: str, host: str) -> str:
    """The title by votes: a heading that another source agrees with, then JSON-LD, Open Graph, <title>, a heading alone."""
    names = site_names(site, host)
    shown = [text for text in map(squash, headings) if text and not _names_site(text, names)]
    told = [text for text in (clean_title(item, site, host) for item in (headline, *social, title)) if text]
    for text in shown:
        if any(_agree(text, other) for other in told):
            return clean_title(text, site, host)
    return next(iter((*told, *shown)), "")


def _agree(shown: str, told: str) -> bool:
    """Whether two forms of a title are the same but for a part that one adds or cuts."""
    one, other = fold(shown), fold(told)
    if one == other:
        return True
    mine, theirs = set(one.split()), set(other.split())
    common = len(mine & theirs)
    return common >= 2 and common >= 0.5 * min(len(mine), len(theirs)) and len(mine) > 2
