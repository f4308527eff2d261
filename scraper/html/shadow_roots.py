"""Opens declarative shadow roots: templates that a browser shows in place of the element that holds them (HTML, 4.12.3).

The parser keeps the content of a template apart, since no reader sees that of any other template. A shadow root becomes an
element without a meaning of its own, named as browsers' tools name it.
"""

from __future__ import annotations

import re
from typing import Final

from scraper.text.patterns import lazy_pattern

ATTRIBUTE: Final = b"shadowrootmode"
"""The attribute of all shadow roots, in lower case as nearly all pages write it."""
TEMPLATE: Final = lazy_pattern(r"<(/?)template(?=[\s>/])", re.IGNORECASE)
IS_ROOT: Final = lazy_pattern(r"[^<>]{0,400}?\sshadowrootmode\s*=", re.IGNORECASE)
ROOT_TAG: Final = "shadow-root"


def holds_shadow_roots(body: bytes) -> bool:
    """Whether a page may have shadow roots."""
    return ATTRIBUTE in body


def open_shadow_roots(markup: str) -> str:
    """The markup with each shadow root as an element that is read.

    >>> open_shadow_roots('<x-a><template shadowrootmode="open"><p>Tide</p></template></x-a>')
    '<x-a><shadow-root shadowrootmode="open"><p>Tide</p></shadow-root></x-a>'
    >>> open_shadow_roots("<template><p>Tide</p></template>")
    '<template><p>Tide</p></template>'
    """
    if ATTRIBUTE.decode() not in markup:
        return markup
    open_tags: list[str] = []
    plain = 0  # open templates that are no shadow roots
    parts: list[str] = []
    copied = 0
    for match in TEMPLATE.finditer(markup):
        if match[1]:
            tag = open_tags.pop() if open_tags else "template"
            plain = max(0, plain - (tag == "template"))
        else:
            tag = "template" if plain or not IS_ROOT.match(markup, match.end()) else ROOT_TAG
            open_tags.append(tag)
            plain += tag == "template"
        parts += [markup[copied : match.start()], f"<{match[1]}{tag}"]
        copied = match.end()
    return "".join([*parts, markup[copied:]])
