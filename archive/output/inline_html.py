"""A block's inline Markdown as safe HTML: links, emphasis, code, and nothing that can run.

`scraper.blocks.inline_markdown` marks any run of text, also one that begins or ends in the middle of a word or beside
punctuation. CommonMark reads no emphasis there: markdown-it-py printed raw asterisks or wrong nesting in 77 of 24,355
blocks of real pages, from `options*.*` for example. So the reader of these marks is our own.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup, escape

_ADDRESS: Final = r"(?:https?://|mailto:)[^\s()<>]*"
_TOKEN: Final = re.compile(
    rf"""
    \\(?P<escaped>[\\`*_\[\]<>|!&])
    | (?<!`)(?:`(?P<code>[^`\n]+)`|(?P<fence>``+)\ (?P<fenced>[^\n]{{1,2000}}?)\ (?P=fence))(?!`)
    | \[(?P<label>(?:[^\[\]\\`]|\\.|`[^`\n]*`)+)\]\((?P<address>{_ADDRESS})\)
    | (?P<mark>\*{{1,3}})(?P<marked>(?:[^*\\]|\\.)+)(?P=mark)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MARKS: Final = {1: Markup("<em>{}</em>"), 2: Markup("<strong>{}</strong>"), 3: Markup("<strong><em>{}</em></strong>")}


def inline_html(markdown: str) -> Markup:
    r"""The Markdown as HTML. Other markup stays text.

    >>> print(inline_html(r"See [**the report**](https://example.org/r) on 4 \* 5 < 21."))
    See <a href="https://example.org/r" rel="noopener noreferrer"><strong>the report</strong></a> on 4 * 5 &lt; 21.
    >>> print(inline_html("[run](javascript:alert) <b>"))
    [run](javascript:alert) &lt;b&gt;
    """
    parts: list[Markup] = []
    end = 0
    for token in _TOKEN.finditer(markdown):
        parts += [plain_html(markdown[end : token.start()]), _render(token)]
        end = token.end()
    return Markup("").join([*parts, plain_html(markdown[end:])])


def plain_html(text: str) -> Markup:
    """The text escaped, with its line breaks."""
    return escape(text).replace("\n", Markup("<br>\n"))


def _render(token: re.Match[str]) -> Markup:
    if token["escaped"]:
        return escape(token["escaped"])
    if code := token["code"] or token["fenced"]:
        return Markup("<code>{}</code>").format(code)
    if token["mark"]:
        return _MARKS[len(token["mark"])].format(inline_html(token["marked"]))
    label = inline_html(token["label"])
    if not is_safe(token["address"]):
        return label
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(token["address"], label)


def is_safe(address: str) -> bool:
    """Whether an address is allowed in a link: a valid http, https or mailto address.

    >>> is_safe("https://example.org/a"), is_safe("javascript:alert(1)"), is_safe("//example.org")
    (True, False, False)
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return (parts.scheme in {"http", "https"} and bool(parts.netloc)) or parts.scheme == "mailto"
