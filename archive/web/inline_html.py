"""A block's inline Markdown, as `scraper.blocks.inline_markdown` writes it, as HTML that cannot run: nothing but links, emphasis, code."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup, escape

_ADDRESS: Final = r"(?:https?://|mailto:)[^\s()<>]*"
_TOKEN: Final = re.compile(
    rf"""
    \\(?P<escaped>[\\`*_\[\]<>])
    | `(?P<code>[^`\n]+)`
    | \[(?P<label>(?:[^\[\]\\`]|\\.|`[^`\n]*`)+)\]\((?P<address>{_ADDRESS})\)
    | (?P<mark>\*{{1,3}})(?P<marked>(?:[^*\\]|\\.)+)(?P=mark)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MARKS: Final = {1: Markup("<em>{}</em>"), 2: Markup("<strong>{}</strong>"), 3: Markup("<strong><em>{}</em></strong>")}


def inline_html(markdown: str) -> Markup:
    r"""The Markdown as HTML; what is no markup of ours stays text.

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
    """The text escaped, its line breaks kept."""
    return escape(text).replace("\n", Markup("<br>\n"))


def _render(token: re.Match[str]) -> Markup:
    if token["escaped"]:
        return escape(token["escaped"])
    if token["code"]:
        return Markup("<code>{}</code>").format(token["code"])
    if token["mark"]:
        return _MARKS[len(token["mark"])].format(inline_html(token["marked"]))
    label = inline_html(token["label"])
    if not is_safe(token["address"]):
        return label
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(token["address"], label)


def is_safe(address: str) -> bool:
    """Whether an address may stand in a link: of the web or of mail, and one that can be read.

    >>> is_safe("https://example.org/a"), is_safe("javascript:alert(1)"), is_safe("//example.org")
    (True, False, False)
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return (parts.scheme in {"http", "https"} and bool(parts.netloc)) or parts.scheme == "mailto"
