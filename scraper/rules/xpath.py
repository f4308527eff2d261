"""XPath 1.0 for rules that no CSS selector can say: by a text, by what follows, by a parent.

A page is parsed once, by lexbor. For XPath its tree is copied into lxml element by element, so that both have the same elements.
Only pages of hosts that have such a rule pay for the copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from lxml import etree
from selectolax.lexbor import LexborHTMLParser, LexborNode

NAME: Final = re.compile(r"[A-Za-z_][\w.-]*")
"""A name that both XML and lxml accept. HTML has others, such as `v-bind:x` and `"`."""
ANY: Final = "x"
"""Stands for an element's name that XML does not accept."""
UNSAFE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML does not accept."""


class PageTree:
    """A page's elements in lxml, each with its element in lexbor."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self.nodes: dict[etree._Element, LexborNode] = {}
        self.root = etree.Element("html")
        if tree.root is not None:
            self.copy(tree.root)

    def copy(self, root: LexborNode) -> None:
        """Copy all elements and texts, in document order, without recursion."""
        self.nodes[self.root] = root
        copies = {root.mem_id: self.root}
        set_attributes(self.root, root)
        for node in root.traverse(include_text=True):
            parent = copies.get(node.parent.mem_id) if node.parent is not None else None
            if parent is None or node.mem_id == root.mem_id:
                continue
            tag = node.tag or ""
            if tag == "-text":
                add_text(parent, UNSAFE.sub("\ufffd", node.text_content or ""))
            elif not tag.startswith(("-", "!")):
                copied = etree.SubElement(parent, tag if NAME.fullmatch(tag) else ANY)
                set_attributes(copied, node)
                copies[node.mem_id] = copied
                self.nodes[copied] = node

    def elements(self, pattern: str) -> Iterator[LexborNode]:
        """The elements that an expression selects. Texts and attributes are left out."""
        for found in self.select(pattern):
            node = self.nodes.get(found) if isinstance(found, etree._Element) else None
            if node is not None:
                yield node

    def addresses(self, pattern: str) -> Iterator[str]:
        """The addresses that an expression selects: of links, or of attributes and strings."""
        for found in self.select(pattern):
            value = (found.get("href") or found.get("src") or "") if isinstance(found, etree._Element) else str(found)
            if value.strip():
                yield value.strip()

    def select(self, pattern: str) -> list[object]:
        """The result of an expression as a list; empty if it fails on this page."""
        try:
            found = compile_xpath(pattern)(self.root)
        except etree.XPathError:
            return []
        return found if isinstance(found, list) else [found] if isinstance(found, str) else []


def set_attributes(copied: etree._Element, node: LexborNode) -> None:
    """Copy the attributes that XML can name."""
    for name, value in node.attributes.items():
        if NAME.fullmatch(name):
            copied.set(name, UNSAFE.sub("\ufffd", value or ""))


def add_text(parent: etree._Element, text: str) -> None:
    """Add a text behind all that an element holds."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


@lru_cache(maxsize=1024)
def compile_xpath(pattern: str) -> etree.XPath:
    """The compiled expression. Raises `etree.XPathError`."""
    return etree.XPath(pattern, regexp=False, smart_strings=False)


def xpath_fault(pattern: str, *, for_links: bool) -> str:
    """What is wrong with an expression; empty if nothing is. An address may also be a text, as `concat` gives it."""
    try:
        found = compile_xpath(pattern)(etree.fromstring("<html><body><p>x</p></body></html>"))
    except (etree.XPathError, ValueError) as exc:
        return str(exc)
    fits = isinstance(found, list) or (for_links and isinstance(found, str))
    return "" if fits else "it gives a text, a number or a truth value, not elements"
