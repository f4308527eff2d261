"""An article's blocks as a fragment of well-formed HTML, which is valid in a feed and, as XHTML, in a book.

Elements are made by lxml, so that nothing of a text can become markup. Links are kept if they are http, https or mailto.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from lxml import etree

from archive.output.inline_html import inline_html, is_safe
from archive.output.markdown import by_table, inline, row_cells
from scraper.blocks.lists import CONTINUED, TERM
from scraper.blocks.tables import FIRST

if TYPE_CHECKING:
    from scraper.types import Article, Block

NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x84\x86-\x9f]")
"""Characters that XML 1.0 forbids or discourages (2.2)."""

URL_SIGNS: Final = "%/?:@!$&'()*+,;=~"
"""Signs that stay in each part of an address; all others are escaped, which feed readers and epubcheck want (RFC 3986)."""


STRAY_PERCENT: Final = re.compile("%(?![0-9A-Fa-f]{2})")
HOST: Final = re.compile(r"(?:[\w.~-]+(?::\d+)?|\[[0-9A-Fa-f:.]+\](?::\d+)?)?", re.ASCII)
"""A host and port, or nothing in a `mailto:`. An address with a user's name and password is no link to give away."""


def scrubbed(text: str) -> str:
    r"""The text with a replacement for each character that XML cannot hold.

    >>> scrubbed("a\x0bb\ud800c")
    'a\ufffdb\ufffdc'
    """
    return NOT_XML.sub("\ufffd", text)


def safe_url(address: str) -> str:
    """An address for a link, escaped; empty if it is unsafe or none.

    >>> safe_url("https://example.org/a b?q=ä|{x}"), safe_url("javascript:alert(1)")
    ('https://example.org/a%20b?q=%C3%A4%7C%7Bx%7D', '')
    """
    if not is_safe(address):
        return ""
    parts = urlsplit(address)
    try:
        host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    except UnicodeError:
        return ""
    if not HOST.fullmatch(host) or not (host or parts.path):
        return ""
    path, query, fragment = (quote(STRAY_PERCENT.sub("%25", part), safe=URL_SIGNS) for part in parts[2:])
    return parts._replace(netloc=host, path=path, query=query, fragment=fragment).geturl()


def body_html(article: Article, kinds: Collection[str]) -> str:
    """The article's text (`Article.text_of`) as a fragment; empty for an empty text."""
    root = etree.Element("div")
    add_blocks(root, (block for block in article.blocks if block.kind in kinds))
    return "\n".join(etree.tostring(child, encoding="unicode") for child in root)


def add_blocks(root: Any, blocks: Iterable[Block]) -> None:
    """Add an element for each block, or for neighbours that belong together."""
    for kind, group in groupby(blocks, key=lambda block: block.kind):
        WRITERS.get(kind, add_paragraphs)(root, tuple(group))


def add_inline(parent: Any, markdown: str) -> None:
    """Add inline Markdown: text, links, emphasis, code."""
    html = scrubbed(str(inline_html(markdown))).replace("<br>", "<br/>")
    fragment = etree.fromstring(f"<p>{html}</p>", etree.XMLParser(resolve_entities=False, huge_tree=True))
    for link in [*fragment.iter("a")]:
        if address := safe_url(link.get("href")):
            link.set("href", address)
        else:
            link.tag = "span"
            link.attrib.clear()
    append_text(parent, fragment.text or "")
    parent.extend([*fragment])


def append_text(parent: Any, text: str) -> None:
    """Add text at the end of an element."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def add_text(parent: Any, tag: str, block: Block) -> Any:
    """An element with the text of a block."""
    element = etree.SubElement(parent, tag)
    add_inline(element, inline(block))
    return element


def add_paragraphs(root: Any, blocks: Sequence[Block]) -> None:
    for block in blocks:
        add_text(root, "p", block)


def add_asides(root: Any, blocks: Sequence[Block]) -> None:
    """Captions, corrections and notes, in italics."""
    for block in blocks:
        add_text(etree.SubElement(root, "p"), "em", block)


def add_headings(root: Any, blocks: Sequence[Block]) -> None:
    for block in blocks:
        add_text(root, f"h{min(max(block.level, 2), 6)}", block)


def add_quotes(root: Any, blocks: Sequence[Block]) -> None:
    """Neighbouring quotes as one; an embedded post with a link to its source."""
    quoted = etree.SubElement(root, "blockquote")
    for block in blocks:
        paragraph = add_text(quoted, "p", block)
        if address := safe_url(block.source):
            append_text(paragraph, " ")
            etree.SubElement(paragraph, "a", href=address).text = scrubbed(urlsplit(address).hostname or address)


def add_code(root: Any, blocks: Sequence[Block]) -> None:
    for block in blocks:
        etree.SubElement(etree.SubElement(root, "pre"), "code").text = scrubbed(block.text)


def add_tables(root: Any, blocks: Sequence[Block]) -> None:
    for rows in by_table(blocks):
        table = etree.SubElement(root, "table")
        for number, row in enumerate(rows):
            line = etree.SubElement(table, "tr")
            is_head = number == 0 and bool(row.marker) and row.marker != FIRST
            for cell in row_cells(row):
                add_inline(etree.SubElement(line, "th" if is_head else "td"), cell)


def add_lists(root: Any, blocks: Sequence[Block]) -> None:
    """Lists within lists by level; an item with a number keeps it."""
    open_lists: list[tuple[int, Any]] = []
    for block in blocks:
        while open_lists and open_lists[-1][0] > block.level:
            open_lists.pop()
        if block.marker == CONTINUED and open_lists:
            add_text(open_lists[-1][1][-1], "p", block)
            continue
        number = block.marker.removesuffix(".")
        tag = "ol" if number.isascii() and number.isdigit() else "ul"
        if not open_lists or open_lists[-1][0] < block.level or open_lists[-1][1].tag != tag:
            if open_lists and open_lists[-1][0] == block.level:
                open_lists.pop()
            outer = open_lists[-1][1][-1] if open_lists else root
            open_lists.append((block.level, etree.SubElement(outer, tag)))
        item = etree.SubElement(open_lists[-1][1], "li")
        if tag == "ol":
            item.set("value", number)
        add_text(item, "strong", block) if block.marker == TERM else add_inline(item, inline(block))


WRITERS: Final[Mapping[str, Callable[[Any, Sequence[Block]], None]]] = {
    "heading": add_headings, "list": add_lists, "table": add_tables, "quote": add_quotes, "embed": add_quotes,
    "code": add_code, "caption": add_asides, "correction": add_asides, "note": add_asides,
}  # fmt: skip
"""How neighbouring blocks of a kind are written; other kinds are paragraphs."""
