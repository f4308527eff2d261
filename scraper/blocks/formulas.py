"""Formulas, and signs that a page shows as pictures, as text: what a reader sees must not vanish from a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.blocks.phrases import in_script
from scraper.html.visibility import has_word, neighbour
from scraper.text.invisible import PICTURES
from scraper.text.patterns import lazy_pattern

SIGNS: Final = lazy_pattern(f"[{PICTURES}\ufe0f\u200d\U000e0020-\U000e007f]{{1,12}}")
"""The text of a picture of an emoji."""
SIGN_NAMES: Final = ("emoji", "smiley", "smilie")
"""Parts of the class words of pictures of emoji."""
FORMULA_NAMES: Final = lazy_pattern(r"(?:^|[\s_-])(?:latex|tex|math|mathjax|equation|formula)(?:$|[\s_-])")
"""Class words of pictures of formulas."""
FORMULA_PARTS: Final = ("tex", "math", "equation", "formula")
"""Parts of all of these words: to look for them is faster."""
DISPLAY_STYLE: Final = lazy_pattern(r"^\{?\s*\\(?:display|text)style\s*(.*?)\}?$", re.DOTALL)
"""What wikis write around each formula."""
MAX_FORMULA_CHARS: Final = 1_000
MAX_FORMULA_DEPTH: Final = 20

FORMS: Final = {
    "mfrac": ("{0}/{1}", "({0})/{1}", "{0}/({1})", "({0})/({1})"),
    "msqrt": ("√{0}", "√({0})"),
    "mroot": ("{1}√{0}", "{1}√({0})"),
}
"""How a part of a formula with one or two children is written: simple ones, then with the first, the second or both of
several signs."""
SCRIPT_OF: Final = {"msup": "sup", "msub": "sub", "mover": "sup", "munder": "sub"}
MARK_OF: Final = {"sup": "^", "sub": "_"}
UNSHOWN: Final = "annotation-xml"
"""The part of a formula that says it in another way, and that no reader sees."""


def picture_text(attributes: Mapping[str, str | None]) -> str:
    """The text that a picture stands for, in a sentence: an emoji, a formula; empty for any other picture.

    >>> picture_text({"alt": "😀", "class": "emoji"}), picture_text({"alt": "a boat"})
    ('😀', '')
    >>> picture_text({"alt": "{\\\\displaystyle E=mc^{2}}", "class": "mwe-math-fallback-image-inline"})
    'E=mc^{2}'
    """
    names, alt = attributes.get("class"), attributes.get("alt")
    if not names or not alt or len(alt) > MAX_FORMULA_CHARS:
        return ""
    names, alt = names.lower(), alt.strip()
    if any(part in names for part in SIGN_NAMES):
        return alt if SIGNS.fullmatch(alt) else ""
    if any(part in names for part in FORMULA_PARTS) and FORMULA_NAMES.search(names):
        return DISPLAY_STYLE.sub(r"\1", alt)
    return ""


def formula_text(formula: LexborNode) -> str:
    """The text of a formula in MathML; empty if the page shows the same formula in another way beside it."""
    if is_shown_beside(formula) or (formula.parent is not None and is_shown_beside(formula.parent)):
        return ""
    return text_of(formula, MAX_FORMULA_DEPTH)[:MAX_FORMULA_CHARS]


def is_shown_beside(node: LexborNode) -> bool:
    """Whether a twin that screen readers skip stands before or after an element."""
    beside = (neighbour(node, back=True), neighbour(node, back=False))
    return any(
        other is not None and other.attributes.get("aria-hidden") == "true" and has_word(other) for other in beside
    )


def text_of(node: LexborNode, depth: int) -> str:
    """The text of a part of a formula, down to a depth."""
    if node.tag == "-text":
        return "".join((node.text_content or "").split())
    if node.tag == UNSHOWN or depth == 0:
        return ""
    parts = []
    child = node.child
    while child is not None:
        if child.tag != "-text" or node.tag in {"mi", "mn", "mo", "mtext", "ms"}:
            parts.append(text_of(child, depth - 1))
        child = child.next
    tag = node.tag or ""
    if tag in FORMS and 1 <= len(parts) <= 2:
        longs = [len(part) > 1 and not part.isalnum() for part in parts]
        return FORMS[tag][min(sum(long << place for place, long in enumerate(longs)), len(FORMS[tag]) - 1)].format(
            *parts
        )
    if tag in SCRIPT_OF and len(parts) == 2:
        return parts[0] + scripted(parts[1], SCRIPT_OF[tag])
    return "".join(parts)


def scripted(text: str, tag: str) -> str:
    """A raised or lowered part: in raised or lowered signs if it is a number, else after `^` or `_`.

    >>> scripted("2", "sup"), scripted("i", "sub"), scripted("i+j", "sup")
    ('²', '_i', '^(i+j)')
    """
    written = in_script(text, tag)
    if written != text:
        return written
    return f"{MARK_OF[tag]}{text}" if text.isalnum() else f"{MARK_OF[tag]}({text})"
