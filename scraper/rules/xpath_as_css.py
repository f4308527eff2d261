"""Translates the XPath that site rules are mostly written in to CSS selectors, which are found without a second tree.

Only what means exactly the same is translated: steps by name, and conditions on attributes that are joined by `and`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

LITERAL: Final = r"""(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')"""
ATTRIBUTE: Final = r"@(?P<name>[\w-]+)"
CLASS_WORDS: Final = (
    r"concat\(\s*(?:' '|\" \")\s*,\s*(?:normalize-space\(\s*@class\s*\)|@class)\s*,\s*(?:' '|\" \")\s*\)"
)
IDENTIFIER: Final = re.compile(r"[A-Za-z_][\w-]*")
STEP: Final = re.compile(r"(?P<axis>//?)(?P<tag>[a-zA-Z][\w-]*|\*)")

CONDITIONS: Final[tuple[tuple[re.Pattern[str], Callable[[str, str], str]], ...]] = tuple(
    (re.compile(rf"\s*{pattern}\s*"), make)
    for pattern, make in (
        (rf"{ATTRIBUTE}\s*=\s*{LITERAL}", lambda name, value: f'[{name}="{value}"]'),
        (
            rf"contains\(\s*{ATTRIBUTE}\s*,\s*{LITERAL}\s*\)",
            lambda name, value: f'[{name}*="{value}"]' if value else "",
        ),
        (
            rf"starts-with\(\s*{ATTRIBUTE}\s*,\s*{LITERAL}\s*\)",
            lambda name, value: f'[{name}^="{value}"]' if value else "",
        ),
        (rf"contains\(\s*{CLASS_WORDS}\s*,\s*{LITERAL}\s*\)", lambda name, value: class_word(value)),
        (ATTRIBUTE, lambda name, value: f"[{name}]"),
    )
)
"""Conditions of XPath, each with its selector."""


def as_css(xpath: str) -> str:
    """The CSS selector that selects the same elements; empty if there is none.

    >>> as_css("//div[@id='ad']//p | //aside"), as_css("//p[contains(., 'x')]"), as_css("//p[1]")
    ('div[id="ad"] p, aside', '', '')
    >>> as_css("//div[contains(concat(' ',normalize-space(@class),' '),' promo ') and @role]/*")
    'div.promo[role] > *'
    """
    paths = [path_as_css(path.strip()) for path in split_outside(xpath, "|")]
    return ", ".join(paths) if all(paths) else ""


def path_as_css(path: str) -> str:
    """The selector of one path; empty if there is none."""
    at = 0
    parts: list[str] = []
    while at < len(path):
        step = STEP.match(path, at)
        if step is None:
            return ""
        at = step.end()
        conditions = ""
        while at < len(path) and path[at] == "[":
            end = closing(path, at)
            own = conditions_as_css(path[at + 1 : end]) if end else ""
            if not own:
                return ""
            conditions, at = conditions + own, end + 1
        if not parts and step["axis"] == "/" and step["tag"] != "html":
            return ""
        joint = "" if not parts else " > " if step["axis"] == "/" else " "
        tag = "" if step["tag"] == "*" and conditions else step["tag"].lower()
        parts.append(f"{joint}{tag}{conditions}")
    return "".join(parts)


def conditions_as_css(text: str) -> str:
    """The selector of the conditions in one pair of brackets; empty if there is none."""
    found = [condition_as_css(part) for part in split_outside(text, " and ")]
    return "".join(found) if all(found) else ""


def condition_as_css(text: str) -> str:
    """The selector of one condition; empty if there is none."""
    text = text.strip()
    if text.startswith("not(") and closing(text, 3) == len(text) - 1:
        inner = condition_as_css(text[4:-1])
        return f":not({inner})" if inner else ""
    if text.startswith("(") and closing(text, 0) == len(text) - 1:
        return conditions_as_css(text[1:-1])
    for pattern, make in CONDITIONS:
        if found := pattern.fullmatch(text):
            groups = found.groupdict()
            value = groups.get("double") or groups.get("single") or ""
            return make(groups.get("name") or "", value.replace("\\", "\\\\").replace('"', '\\"'))
    return ""


def class_word(value: str) -> str:
    """The selector of a whole word of a class. XPath writes it with a space on both sides."""
    word = value.strip()
    if not word or f" {word} " != value or " " in word:
        return ""
    return f".{word}" if IDENTIFIER.fullmatch(word) else f'[class~="{word}"]'


def split_outside(text: str, mark: str) -> Iterator[str]:
    """The parts of a text between marks that stand outside of brackets and quotation marks.

    >>> list(split_outside("a[b|c]|'|'|d", "|"))
    ['a[b|c]', "'|'", 'd']
    """
    start = 0
    for at, depth in unquoted(text):
        if depth == 0 and at >= start and text.startswith(mark, at):
            yield text[start:at]
            start = at + len(mark)
    yield text[start:]


def unquoted(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Each place from `start` on that is in no quotation marks, and the number of brackets that are open after it."""
    depth, quote = 0, ""
    for at in range(start, len(text)):
        char = text[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        else:
            depth += (char in "([") - (char in ")]")
            yield at, depth


def closing(text: str, opening: int) -> int:
    """The place of the bracket that closes the one at `opening`; 0 if there is none."""
    return next((at for at, depth in unquoted(text, opening) if depth == 0), 0)
