"""Reads a page into text blocks, in document order, each with its element and style.

The walk is iterative, because pages can be nested 50,000 deep, and visits each node once. Every visible text lands in
exactly one block; scripts, styles and form fields are not text. A menu (`nav`) or a page's footer becomes a single
block: a third of a news page's lines are in them, and none is the article.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.blocks.formulas import formula_text, picture_text
from scraper.blocks.layout_tables import convert_prose_cells
from scraper.blocks.listings import is_gutter, is_listing, numbers_lines
from scraper.blocks.lists import ITEMS, Lists
from scraper.blocks.model import PLAIN, Container, PageBlock, PageBlocks, Style
from scraper.blocks.phrases import (
    BREAK,
    SCRIPTS,
    in_script,
    is_glued,
    link_address,
    listing,
    normalise,
    split_paragraphs,
)
from scraper.blocks.pictures import Pictures
from scraper.blocks.roles import (
    ADDED_SIGNS,
    ARIA_TAGS,
    CONTROLS,
    HEADING_LEVEL,
    KIND_OF_TAG,
    LEVEL_TAGS,
    NODE_ROLES,
    OPENING_SIGNS,
    PHRASES,
    SAME_LINE,
    STYLED,
    TEXT_ID,
    UNPARTED,
    is_named_inline,
    tag_by_role,
)
from scraper.blocks.tables import CELLS, Tables, arrange
from scraper.html.limits import MAX_BLOCKS, MAX_CLIMBED_LEVELS, MAX_CONTAINERS, MAX_LONG_MENUS
from scraper.html.nodes import INLINE, texts_below
from scraper.html.visibility import Visibility, concealment, neighbour
from scraper.rules.model import Rule
from scraper.rules.selectors import Marks
from scraper.rules.thresholds import number
from scraper.types import BlockKind

MAX_CHROME_CHARS: Final = number("MAX_CHROME_CHARS")
MIN_JUMP_PROSE_CHARS: Final = number("MIN_JUMP_PROSE_CHARS")

MAX_NODES_BEFORE_QUOTE: Final = 8
"""Texts of a quotation that may stand before its first sign."""

Attributes = Mapping[str, str | None]
SavedState = tuple[int, Style, bool, int]
"""State before an element was entered: container, style, whether in a listing, number of blocks."""


@dataclass(slots=True)
class BlockReader:
    """The state of one walk over a page. Private to `read_blocks`."""

    marks: Marks
    visibility: Visibility
    blocks: list[PageBlock] = field(default_factory=list)
    containers: list[Container] = field(default_factory=lambda: [Container("body", "", -1, 0)])
    pieces: list[tuple[str, Style]] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)  # phrases of the current block that no reader sees
    tables: Tables = field(default_factory=Tables)
    pictures: Pictures = field(default_factory=Pictures)
    lists: Lists = field(default_factory=Lists)
    place: int = 0  # index of the current container
    in_code: bool = False
    style: Style = PLAIN
    script: str = ""  # `sup` or `sub`
    closing: list[str] = field(default_factory=list)  # the signs that end the open elements of `ADDED_SIGNS`
    seam: str = ""  # `closed`: an inline element has ended; `open`: another has begun right after it
    long_menus: int = 0
    cut: bool = False

    def enter(self, node: LexborNode, tag: str, attributes: Attributes) -> SavedState:
        """Enter an element. Return the state to restore at its end."""
        marked = self.marks.nodes.get(node.mem_id) if self.marks.nodes else None
        if not marked and (
            tag in INLINE
            or self.in_code
            or (not tag.isalnum() and is_named_inline(tag, self.containers[self.place].tag))
            or (tag == "button" and self.is_in_sentence(node))
        ):
            before = (self.place, self.style, self.in_code, len(self.blocks))
            self.style = self.style_of(tag, attributes)
            self.open_phrase(node, tag)
            return before
        if self.pieces or self.aside:
            self.end_block()
        before = (self.place, self.style, self.in_code, len(self.blocks))
        if tag == "a":
            self.style = self.style_of(tag, attributes)
        place, own = len(self.containers), self.make_container(node, tag, attributes, marked)
        self.containers.append(own)
        if tag in ITEMS:
            self.lists.number(place, node, tag, outer=self.place)
        elif tag in CELLS:
            self.tables.begin_cell(place, attributes, tag, row=self.place)
        self.place, self.in_code = place, own.kind == "code"
        return before

    def make_container(self, node: LexborNode, tag: str, attributes: Attributes, marked: Rule | None) -> Container:
        """The container of an element, with the marks that it inherits."""
        _, around, outer, depth, rule, hidden, kind, level, unseen = self.containers[self.place]
        names, conceals, concealment, named, own = self.marks.index.traits(tag, attributes)
        if tag == "dialog" and "open" not in attributes:
            unseen = True
        elif concealment and not unseen:
            around = f"{around} {self.containers[max(outer, 0)].names}"
            unseen = self.visibility.is_unseen(node, concealment, around=around)
        if tag in LEVEL_TAGS:
            level = HEADING_LEVEL.get(tag) or level + 1
        if kind != "embed":
            kind = named or KIND_OF_TAG.get(tag, kind)
        if rule is None or rule.kind == "body":  # inside the body other rules apply
            rule = marked or own or rule
        values = (tag, names, self.place, depth + 1, rule, hidden or conceals, kind, level, unseen)
        return tuple.__new__(Container, values)  # three times as fast as `Container(*values)`

    def leave(self, before: SavedState | None, tag: str) -> None:
        """Leave an element and restore the state before it; a passive element has none."""
        if before is None:
            if self.seam != "open":  # an empty element parts two texts as two elements do
                self.seam = "closed"
            return
        place, self.style, in_code, start = before
        if place == self.place:
            self.close_phrase(tag)
            return
        if self.pieces or self.aside:
            self.end_block()
        if tag == "tr":
            self.tables.end_row(self.blocks, start, row=self.place, containers=self.containers)
        elif tag == "figure":
            self.pictures.end_figure(self.blocks, start, figure=self.place)
        self.place, self.in_code = place, in_code

    def open_phrase(self, node: LexborNode, tag: str) -> None:
        """Begin an inline element, or an element of a listing."""
        if self.in_code and tag not in SAME_LINE:
            self.end_line()
        elif tag in SCRIPTS:
            self.script = tag
        elif tag in ADDED_SIGNS:
            self.open_signs(node, tag)
        elif self.seam and tag not in UNPARTED:
            self.seam = "open"

    def close_phrase(self, tag: str) -> None:
        """End an inline element, or an element of a listing."""
        if self.in_code and tag not in SAME_LINE:
            self.end_line()
        elif tag in SCRIPTS:
            self.script = ""
        elif tag in ADDED_SIGNS and self.closing:
            if (sign := self.closing.pop()) and self.pieces:
                self.pieces.append((sign, self.style))
        elif tag not in UNPARTED and self.seam != "open":
            self.seam = "closed"

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

    def by_role(self, node: LexborNode, tag: str, role: str | None) -> tuple[str, str | None]:
        """The tag for which an element stands, and the treatment of that tag."""
        meant = tag_by_role(node, tag, node.attributes["role"] or "", holder=self.containers[self.place].tag)
        return (tag, role) if meant == tag else (meant, NODE_ROLES.get(meant))

    def add_sign(self, node: LexborNode, tag: str) -> None:
        """Append the text of a formula or of a picture that stands for a text. Remember a picture for its caption."""
        if tag == "img":
            self.pictures.remember(node.attributes, self.place)
            text = picture_text(node.attributes)
        else:
            text = formula_text(node)
        if text:
            self.pieces.append((text, self.style))

    def is_in_sentence(self, node: LexborNode) -> bool:
        """Whether an element stands in a paragraph between two texts."""
        after = node.next
        return (
            bool(self.pieces)
            and self.containers[self.place].tag == "p"
            and after is not None
            and after.tag == "-text"
            and not (after.text_content or " ").isspace()
        )

    def end_line(self) -> None:
        """End a line of a listing, unless it has just begun."""
        if self.pieces and not self.pieces[-1][0].endswith("\n"):
            self.pieces.append(("\n", PLAIN))

    def in_phrase(self, text: str) -> str:
        """A text as it stands in its sentence: raised or lowered, and parted from the text before it."""
        if self.script:
            text = in_script(text, self.script)
        if self.seam == "open" and self.pieces and not self.in_code and self.is_glued(text):
            self.pieces.append((" ", PLAIN))
        self.seam = ""
        return text

    def is_glued(self, text: str) -> bool:
        """Whether a space is missing before the text of an element: it is a link of its own, or a row of `SEAMS` says so."""
        before, style = self.pieces[-1]
        if style.href and self.style.href and style.href != self.style.href:
            return before[-1:].isalnum() and text[:1].isalnum()
        return is_glued(before, text)

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

    def end_block(self) -> None:
        """End the current block, if it has begun."""
        if self.pieces:
            self.flush()
        if self.aside:
            self.append(self.containers[self.place], " ".join(self.aside), (), kind="paragraph", unseen=True)
            self.aside = []
        self.seam = ""

    def add_as_one_block(self, whole: LexborNode, tag: str) -> bool:
        """Make a menu or a page's footer one block, all of it link.

        False if it must be walked: it is too long, an article's own footer, or a rule may call it body.
        """
        if (
            self.long_menus >= MAX_LONG_MENUS
            or self.marks.index.names_body
            or (tag == "footer" and self.is_within("article"))
        ):
            return False
        text = normalise(" ".join(texts_below(whole)))
        if len(text) > MAX_CHROME_CHARS:
            self.long_menus += 1
            return False
        before = self.enter(whole, tag, whole.attributes)
        if text:
            self.style = Style(href="")
            self.pieces.append((text, self.style))
        self.leave(before, tag)
        return True

    def is_within(self, tag: str) -> bool:
        """Whether the walk is inside an element of a tag, looking up at most `MAX_CLIMBED_LEVELS` levels."""
        place, climbed = self.place, 0
        while place >= 0 and self.containers[place].tag != tag and climbed < MAX_CLIMBED_LEVELS:
            place, climbed = self.containers[place].parent, climbed + 1
        return place >= 0 and self.containers[place].tag == tag

    def style_of(self, tag: str, attributes: Attributes) -> Style:
        """The current style with what an inline element adds."""
        own = self.style
        if tag == "a":
            href = link_address(attributes.get("href"))
            return own if href is None else Style(href, own.bold, own.italic, own.code)
        mark = STYLED.get(tag)
        if mark is None:
            return own
        return Style(own.href, own.bold or mark == "bold", own.italic or mark == "italic", own.code or mark == "code")

    def flush(self) -> None:
        """End the current block."""
        pieces, self.pieces = self.pieces, []
        raw = pieces[0][0] if len(pieces) == 1 else "".join([text for text, _ in pieces])
        if BREAK not in raw or self.in_code:
            self.add(raw, pieces)
            return
        if is_listing(pieces):
            own = self.containers[self.place]
            self.append(own, listing(raw), tuple(pieces), kind="code", unseen=own.unseen)
            return
        for part in split_paragraphs(raw, pieces):
            self.add("".join([text for text, _ in part]), part)

    def add(self, raw: str, pieces: list[tuple[str, Style]]) -> None:
        """Append a block made of runs of text; `raw` is their text together."""
        own = self.containers[self.place]
        text = listing(raw) if own.kind == "code" else normalise(raw)
        if not text or text.isspace():
            return
        unseen = own.unseen or (text[0].isdigit() and is_gutter(text, self.place, self.containers))
        self.append(own, text, tuple(pieces), kind=own.kind, unseen=unseen)

    def append(
        self, own: Container, text: str, pieces: tuple[tuple[str, Style], ...], *, kind: BlockKind, unseen: bool
    ) -> None:
        """Append a block of the current container."""
        if len(self.blocks) >= MAX_BLOCKS:
            self.cut = True
            return
        linked = bold = italic = 0
        for run, style in pieces:
            if style is PLAIN:
                continue
            size = len(run.strip())
            linked += size * (style.href is not None and not (size >= MIN_JUMP_PROSE_CHARS and style.href[:1] == "#"))
            bold += size * style.bold
            italic += size * style.italic
        image = self.pictures.of_caption(self.place, self.containers) if kind == "caption" else ""
        marker = self.lists.marker(self.place, self.containers) if kind == "list" and not unseen else ""
        values = (
            len(self.blocks), kind, text, own.tag, self.place, pieces, own.level, own.rule, own.hidden, image, linked,
            bold, italic, unseen, marker,
        )  # fmt: skip
        self.blocks.append(tuple.__new__(PageBlock, values))  # twice as fast as `PageBlock(*values)`


def read_blocks(tree: LexborHTMLParser, marks: Marks | None = None) -> PageBlocks:
    """The text blocks of a page, in document order. `marks` are the elements that rules find."""
    root = tree.body or tree.root
    if root is None:
        return PageBlocks((), ())
    walk = BlockReader(marks or Marks(), Visibility(tree))
    walk_page(root, walk)
    blocks = arrange(walk.blocks, walk.tables.rows)
    return PageBlocks(convert_prose_cells(blocks, walk.containers), tuple(walk.containers), walk.cut)


def walk_page(root: LexborNode, walk: BlockReader) -> None:
    """Read every node below an element once."""
    marked = walk.marks.nodes
    node = root.child
    stack: list[tuple[LexborNode, str, SavedState | None]] = []
    while node is not None or stack:
        if node is None:
            parent, tag, before = stack.pop()
            walk.leave(before, tag)
            node = parent.next
            continue
        if node.tag_id == TEXT_ID:
            text = node.text_content
            if text and (walk.pieces or not text.isspace()):
                if walk.seam or walk.script:
                    text = walk.in_phrase(text)
                walk.pieces.append((text, walk.style))
        elif (role := NODE_ROLES.get(tag := node.tag or "-")) == "break":
            walk.pieces.append((BREAK, walk.style))
        elif role == "sign":
            walk.add_sign(node, tag)
        elif role != "skipped" and tag[0] not in "-!":
            attributes = node.attributes
            if attributes and attributes.get("role") in ARIA_TAGS:
                tag, role = walk.by_role(node, tag, role)
            if (walk.in_code or (attributes and role in PHRASES)) and walk.is_apart(node, tag, attributes):
                walk.set_aside(node)
            elif role != "chrome" or not walk.add_as_one_block(node, tag):
                if len(walk.containers) >= MAX_CONTAINERS:
                    walk.cut = True
                    break
                enters = role != "passive" or walk.in_code or (marked and node.mem_id in marked)
                if not enters:
                    walk.seam = walk.seam and "open"
                before = walk.enter(node, tag, attributes) if enters else None
                stack.append((node, tag, before))
                node = node.child
                continue
        node = node.next
    walk.end_block()
