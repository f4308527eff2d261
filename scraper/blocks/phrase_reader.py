"""The text block that is being read: its runs of text with their style, through the inline elements of its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.blocks.listings import numbers_lines
from scraper.blocks.model import PLAIN, Style
from scraper.blocks.phrases import SCRIPTS, in_script, is_glued, link_address, normalise
from scraper.blocks.roles import ADDED_SIGNS, CONTROLS, OPENING_SIGNS, SAME_LINE, STYLED, UNPARTED
from scraper.html.nodes import INLINE, texts_below
from scraper.html.visibility import Visibility, concealment, neighbour

MAX_NODES_BEFORE_QUOTE: Final = 8
"""Texts of a quotation that may stand before its first sign."""

EMPHASIS: Final = {"bold": Style(bold=True), "italic": Style(italic=True), "code": Style(code=True)}
"""The style of a text with one emphasis alone."""

Attributes = Mapping[str, str | None]


@dataclass(slots=True)
class PhraseReader:
    """The state of the current block. `pieces` is one list for the whole walk, which holds it too."""

    visibility: Visibility
    pieces: list[tuple[str, Style]] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)  # phrases of the current block that no reader sees
    style: Style = PLAIN
    in_code: bool = False
    script: str = ""  # `sup` or `sub`
    closing: list[str] = field(default_factory=list)  # the signs that end the open elements of `ADDED_SIGNS`
    seam: str = ""  # `closed`: an element has ended; `open`: another began right after it; `note`: the edge of a note

    def leave_phrase(self, tag: str, style: Style) -> None:
        """Leave an inline element that only has a style, or none."""
        self.style = style
        if not self.seam:  # an empty element parts two texts as two elements do
            self.seam = "closed"

    def open_phrase(self, node: LexborNode, tag: str) -> None:
        """Begin an inline element of another kind, or an element of a listing."""
        if self.in_code and tag not in SAME_LINE:
            self.end_line()
        elif tag in SCRIPTS:
            self.script = tag
        elif tag in ADDED_SIGNS:
            self.open_signs(node, tag)
        elif self.seam == "closed" and tag not in UNPARTED:
            self.seam = "open"

    def close_phrase(self, tag: str, style: Style) -> None:
        """End an element that `open_phrase` began."""
        self.style = style
        if self.in_code and tag not in SAME_LINE:
            self.end_line()
        elif tag in SCRIPTS:
            self.script = ""
        elif tag in ADDED_SIGNS and self.closing:
            if (sign := self.closing.pop()) and self.pieces:
                self.pieces.append((sign, self.style))
        elif tag not in UNPARTED and not self.seam:
            self.seam = "closed"

    def close_note(self, tag: str, style: Style) -> None:
        """End a note of some words, which stands apart from the words around it."""
        self.style = style
        self.seam = "note"

    def open_signs(self, node: LexborNode, tag: str) -> None:
        """Write the sign that browsers show before an element, unless the page has its own."""
        opening, closing = ADDED_SIGNS[tag]
        if tag == "q":
            before = self.pieces[-1][0].rstrip()[-1:] if self.pieces else ""
            first = "".join(islice(texts_below(node), MAX_NODES_BEFORE_QUOTE)).lstrip()[:1]
            has_own = before in OPENING_SIGNS or first in OPENING_SIGNS
        else:
            beside = (neighbour(node, back=True), neighbour(node, back=False))
            has_own = any(other is not None and other.tag == "rp" for other in beside)
        self.closing.append("" if has_own else closing)
        if not has_own:
            self.pieces.append((opening, self.style))

    def end_line(self) -> None:
        """End a line of a listing, unless it has just begun."""
        if self.pieces and not self.pieces[-1][0].endswith("\n"):
            self.pieces.append(("\n", PLAIN))

    def in_phrase(self, text: str) -> str:
        """A text as it stands in its sentence: raised or lowered, and parted from the text before it."""
        if self.script:
            text = in_script(text, self.script)
        if self.pieces and not self.in_code and self.needs_space(text):
            self.pieces.append((" ", PLAIN))
        self.seam = ""
        return text

    def needs_space(self, text: str) -> bool:
        """Whether a space is missing before a text behind a seam."""
        return text[:1].isalnum() if self.seam == "note" else self.seam == "open" and self.is_glued(text)

    def is_glued(self, text: str) -> bool:
        """Whether a space is missing before the text of an element: it is a link of its own, or a row of `SEAMS` says so."""
        before, style = self.pieces[-1]
        if style.href and self.style.href and style.href != self.style.href:
            return before[-1:].isalnum() and text[:1].isalnum()
        return is_glued(before, text)

    def has_text(self) -> bool:
        """Whether the current block holds any text yet."""
        return any(not text.isspace() for text, _ in self.pieces)

    def set_aside(self, node: LexborNode) -> None:
        """Keep the text of an inline element apart: no reader sees it as part of the sentence."""
        if text := normalise(" ".join(texts_below(node))):
            self.aside.append(text)

    def is_apart(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        """Whether an inline element is no part of its sentence: no reader sees it, or it numbers a line of a listing."""
        if self.in_code and (
            tag in CONTROLS or (tag in SAME_LINE and numbers_lines(node, attributes.get("class") or ""))
        ):
            return True
        found = concealment(attributes)
        return bool(found) and tag in INLINE and self.visibility.hides_phrase(node, found)

    def style_of(self, tag: str, attributes: Attributes) -> Style:
        """The current style with what an inline element adds."""
        own = self.style
        if tag == "a":
            address = link_address(attributes.get("href"))
            if address is None:
                return own
            return tuple.__new__(Style, (address, *own[1:]))  # three times as fast as `Style(...)`
        mark = STYLED.get(tag)
        if mark is None:
            return own
        if own is PLAIN:
            return EMPHASIS[mark]
        href, bold, italic, code = own
        return Style(href, bold or mark == "bold", italic or mark == "italic", code or mark == "code")
