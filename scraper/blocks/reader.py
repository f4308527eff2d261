"""Reads a page into text blocks, in document order, each with its element and style.

The walk is iterative, because pages can be nested 50,000 deep, and visits each node once. Every visible text lands in
exactly one block; scripts, styles and form fields are not text. A menu (`nav`) or a page's footer becomes a single
block: a third of a news page's lines are in them, and none is the article.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.blocks.formulas import formula_text, picture_text
from scraper.blocks.inline_notes import is_jump_sign, is_note
from scraper.blocks.layout_tables import convert_prose_cells
from scraper.blocks.listings import is_gutter, is_listing
from scraper.blocks.lists import ITEMS, Lists
from scraper.blocks.model import PLAIN, Container, PageBlock, PageBlocks, Style
from scraper.blocks.phrase_reader import Attributes, PhraseReader
from scraper.blocks.phrases import BREAK, listing, normalise, split_paragraphs
from scraper.blocks.pictures import Pictures
from scraper.blocks.roles import (
    ARIA_TAGS,
    DOUBTFUL,
    HEADING_LEVEL,
    KIND_OF_TAG,
    LEVEL_TAGS,
    NODE_ROLES,
    PHRASES,
    POINTS,
    TREATMENTS,
    WHOLES,
    is_named_inline,
    tag_by_role,
    treatment_of,
)
from scraper.blocks.tables import CELLS, Tables, arrange
from scraper.html.limits import MAX_BLOCKS, MAX_CLIMBED_LEVELS, MAX_CONTAINERS, MAX_LONG_MENUS
from scraper.html.nodes import TEXT_ID, texts_below
from scraper.html.visibility import CONCEALING_OR_CLASS, Visibility, concealment
from scraper.rules.model import Rule
from scraper.rules.selectors import NO_TRAITS, ElementIndex, Marks, NamedTraits
from scraper.rules.thresholds import number
from scraper.types import BlockKind

MAX_CHROME_CHARS: Final = number("MAX_CHROME_CHARS")
MIN_JUMP_PROSE_CHARS: Final = number("MIN_JUMP_PROSE_CHARS")
MENU: Final = Style(href="")
"""The style of a menu that is one block."""

BODY: Final = Container("body", "", -1, 0)
Inherited: TypeAlias = tuple[Rule | None, bool, BlockKind, int, bool]
"""What the elements in a container inherit: its rule, `hidden`, `kind`, `level` and `unseen`. A plain tuple, because to take a
named one apart takes three times as long."""

Leave = Callable[[str, Style], None]
"""Leaves an element, by its tag and the style around it."""


@dataclass(slots=True)
class BlockReader(PhraseReader):
    """The state of one walk over a page. Private to `read_blocks`."""

    marked: Mapping[int, Rule] = field(default_factory=dict)  # elements that rules find by a search, by `mem_id`
    index: ElementIndex = field(default_factory=ElementIndex)
    blocks: list[PageBlock] = field(default_factory=list)
    containers: list[Container] = field(default_factory=lambda: [BODY])
    inherited: list[Inherited] = field(default_factory=lambda: [BODY[4:]])  # of each container
    tables: Tables = field(default_factory=Tables)
    pictures: Pictures = field(default_factory=Pictures)
    lists: Lists = field(default_factory=Lists)
    place: int = 0  # index of the current container
    starts: list[int] = field(default_factory=list)  # number of blocks before each open element of `WHOLES`
    long_menus: int = 0
    cut: bool = False
    full: bool = False  # no more elements are read

    def enter_phrase(self, node: LexborNode, tag: str, role: str | None, attributes: Attributes) -> Leave | None:
        """Enter an inline element. Return how to leave it; None if it is not to be walked."""
        is_named = not CONCEALING_OR_CLASS.isdisjoint(attributes)
        if (self.in_code or (is_named and concealment(attributes))) and self.is_apart(node, tag, attributes):
            self.set_aside(node)
            return None
        href = attributes.get("href")
        if href and href[0] == "#" and not self.in_code and is_jump_sign(node, tag, begins=not self.has_text()):
            self.set_aside(node)
            return None
        if self.marked and node.mem_id in self.marked:
            return self.open(node, tag, role, attributes)
        if role == "special":
            self.open_phrase(node, tag)
            return self.close_phrase
        names = attributes.get("class")
        if names and "note" in names.lower() and is_note(node, names):
            self.seam = "note"
            self.style = self.style_of(tag, attributes)
            return self.close_note
        if self.seam == "closed":
            self.seam = "open"
        if role == "styled":
            self.style = self.style_of(tag, attributes)
        return self.leave_phrase

    def enter(self, node: LexborNode, tag: str, role: str | None, attributes: Attributes) -> Leave | None:
        """Enter a menu, or an element of a listing. Return how to leave it; None if it is not to be walked: it is no part of
        the listing, or has become one block.
        """
        if self.in_code and self.is_apart(node, tag, attributes):
            self.set_aside(node)
            return None
        if role == "chrome" and self.add_as_one_block(node, tag):
            return None
        return self.open(node, tag, role, attributes)

    def open(self, node: LexborNode, tag: str, role: str | None, attributes: Attributes) -> Leave | None:
        """Begin a container, or a part of the current block. Return how to leave it."""
        containers, outer = self.containers, self.place
        if len(containers) >= MAX_CONTAINERS:
            self.cut = self.full = True
            return None
        marked = self.marked.get(node.mem_id) if self.marked else None
        if not marked and (self.in_code or (role in DOUBTFUL and self.is_phrase(node, tag))):
            self.open_phrase(node, tag)
            return self.close_phrase
        if self.pieces or self.aside:
            self.end_block()
        place, found = len(containers), self.index.traits(tag, attributes)
        if found[1] is None and role is None and not marked:  # half of all elements: it inherits everything
            inherited = self.inherited[outer]
            values = (tag, found[0], outer, containers[outer].depth + 1)
            containers.append(tuple.__new__(Container, values + inherited))  # three times as fast as `Container(...)`
            self.inherited.append(inherited)
            self.place = place
            return self.leave
        own = self.make_container(node, tag, attributes, found, marked)
        containers.append(own)
        self.inherited.append(own[4:])
        self.place, self.in_code = place, own.kind == "code"
        if role is not None:
            self.begin_part(node, tag, attributes, outer)
        return self.leave_part

    def begin_part(self, node: LexborNode, tag: str, attributes: Attributes, outer: int) -> None:
        """Begin the container of an element that is more than a container; `outer` is the one around it."""
        if tag in ITEMS:
            is_numbered = self.containers[outer].tag == "ol"
            self.lists.number(self.place, node, tag, outer=outer, is_numbered=is_numbered)
        elif tag in CELLS:
            self.tables.begin_cell(self.place, attributes, tag, row=outer)
        elif tag in WHOLES:
            self.starts.append(len(self.blocks))
        elif tag == "a":
            self.style = self.style_of(tag, attributes)

    def make_container(
        self, node: LexborNode, tag: str, attributes: Attributes, found: NamedTraits, marked: Rule | None
    ) -> Container:
        """The container of an element, with the marks that it inherits."""
        _, around, outer, depth, *_ = self.containers[self.place]
        rule, hidden, kind, level, unseen = self.inherited[self.place]
        conceals, concealment, named, own = found[1] or NO_TRAITS
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
        values = (tag, found[0], self.place, depth + 1, rule, hidden or conceals, kind, level, unseen)
        return tuple.__new__(Container, values)

    def leave(self, tag: str, style: Style) -> None:
        """End the current container, which has inherited everything, and return to the one around it."""
        if self.pieces or self.aside:
            self.end_block()
        self.style = style
        self.place = self.containers[self.place].parent

    def leave_part(self, tag: str, style: Style) -> None:
        """End any other container."""
        if self.pieces or self.aside:
            self.end_block()
        if tag in WHOLES:
            start = self.starts.pop()
            if tag == "tr":
                self.tables.end_row(self.blocks, start, row=self.place, containers=self.containers)
            else:
                self.pictures.end_figure(self.blocks, start, figure=self.place)
        self.style = style
        self.place = outer = self.containers[self.place].parent
        self.in_code = self.inherited[outer][2] == "code"

    def by_role(self, node: LexborNode, tag: str, role: str | None) -> tuple[str, str | None]:
        """The tag for which an element stands, and the treatment of that tag."""
        meant = tag_by_role(node, tag, node.attributes["role"] or "", holder=self.containers[self.place].tag)
        return (tag, role) if meant == tag else (meant, NODE_ROLES.get(meant))

    def add_sign(self, node: LexborNode, tag: str) -> None:
        """Append a line break, or the text of a formula or picture that stands for one. Remember a picture for its caption."""
        if tag == "br":
            text = BREAK
        elif tag == "img":
            attributes = node.attributes
            self.pictures.remember(attributes, self.place)
            text = picture_text(attributes)
        else:
            text = formula_text(node)
        if text:
            self.pieces.append((text, self.style))

    def is_phrase(self, node: LexborNode, tag: str) -> bool:
        """Whether an element of a role in `DOUBTFUL` is part of a sentence: by its name, or a button between two texts."""
        if tag != "button":
            return is_named_inline(tag, self.containers[self.place].tag)
        after = node.next
        return (
            bool(self.pieces)
            and self.containers[self.place].tag == "p"
            and after is not None
            and after.tag == "-text"
            and not (after.text_content or " ").isspace()
        )

    def end_block(self) -> None:
        """End the current block, if it has begun."""
        if self.pieces:
            pieces = tuple(self.pieces)
            self.pieces.clear()
            raw = pieces[0][0] if len(pieces) == 1 else "".join([text for text, _ in pieces])
            if BREAK in raw and not self.in_code:
                self.add_lines(raw, pieces)
            else:
                self.add(raw, pieces)
        if self.aside:
            self.append(" ".join(self.aside), (), "paragraph", unseen=True)
            self.aside = []
        self.seam = ""

    def add_as_one_block(self, whole: LexborNode, tag: str) -> bool:
        """Make a menu or a page's footer one block, all of it link.

        False if it must be walked: it is too long, an article's own footer, or a rule may call it body.
        """
        if (
            self.long_menus >= MAX_LONG_MENUS
            or self.index.names_body
            or (tag == "footer" and self.is_within("article"))
        ):
            return False
        text = normalise(" ".join(texts_below(whole)))
        if len(text) > MAX_CHROME_CHARS:
            self.long_menus += 1
            return False
        style = self.style
        leave = self.open(whole, tag, "chrome", whole.attributes)
        if leave is not None:
            if text:
                self.style = MENU
                self.pieces.append((text, self.style))
            leave(tag, style)
        return True

    def is_within(self, tag: str) -> bool:
        """Whether the walk is inside an element of a tag, looking up at most `MAX_CLIMBED_LEVELS` levels."""
        place, climbed = self.place, 0
        while place >= 0 and self.containers[place].tag != tag and climbed < MAX_CLIMBED_LEVELS:
            place, climbed = self.containers[place].parent, climbed + 1
        return place >= 0 and self.containers[place].tag == tag

    def add_lines(self, raw: str, pieces: tuple[tuple[str, Style], ...]) -> None:
        """Append the blocks of runs of text with line breaks; `raw` is their text together."""
        if is_listing(pieces):
            self.append(listing(raw), pieces, "code", unseen=self.inherited[self.place][4])
            return
        for part in split_paragraphs(raw, pieces):
            self.add("".join([text for text, _ in part]), tuple(part))

    def add(self, raw: str, pieces: tuple[tuple[str, Style], ...]) -> None:
        """Append a block made of runs of text; `raw` is their text together."""
        _, _, kind, _, unseen = self.inherited[self.place]
        if kind == "code":
            text = listing(raw)
            if text.isspace():
                return
        else:
            text = normalise(raw)
        if text:
            unseen = unseen or (text[0].isdigit() and is_gutter(text, self.place, self.containers))
            self.append(text, pieces, kind, unseen=unseen)

    def append(self, text: str, pieces: tuple[tuple[str, Style], ...], kind: BlockKind, *, unseen: bool) -> None:
        """Append a block of the current container."""
        if len(self.blocks) >= MAX_BLOCKS:
            self.cut = True
            return
        linked = bold = italic = 0
        for run, style in pieces:
            if style is PLAIN:
                continue
            size, href = len(run.strip()), style.href
            if href is not None and not (size >= MIN_JUMP_PROSE_CHARS and href[:1] == "#"):
                linked += size
            if style.bold:
                bold += size
            if style.italic:
                italic += size
        place, containers = self.place, self.containers
        rule, hidden, _, level, _ = self.inherited[place]
        image = self.pictures.of_caption(place, containers) if kind == "caption" else ""
        marker = self.lists.marker(place, containers) if kind == "list" and not unseen else ""
        values = (
            len(self.blocks), kind, text, containers[place].tag, place, pieces, level, rule, hidden, image, linked,
            bold, italic, unseen, marker,
        )  # fmt: skip
        self.blocks.append(tuple.__new__(PageBlock, values))  # twice as fast as `PageBlock(*values)`


def read_blocks(tree: LexborHTMLParser, marks: Marks | None = None) -> PageBlocks:
    """The text blocks of a page, in document order. `marks` are the elements that rules find."""
    root = tree.body or tree.root
    if root is None:
        return PageBlocks((), ())
    marks = marks or Marks()
    walk = BlockReader(Visibility(tree), marked=marks.nodes, index=marks.index)
    walk_page(root, walk)
    blocks = arrange(walk.blocks, walk.tables.rows)
    return PageBlocks(convert_prose_cells(blocks, walk.containers), tuple(walk.containers), walk.cut)


def walk_page(root: LexborNode, walk: BlockReader) -> None:
    """Read every node below an element once."""
    node, pieces = root.child, walk.pieces
    open_container, enter, enter_phrase = walk.open, walk.enter, walk.enter_phrase
    stack: list[tuple[LexborNode, Leave, str, Style]] = []
    while True:
        while node is not None:
            if (tag_id := node.tag_id) == TEXT_ID:
                if pieces or not node.is_empty_text_node:  # most texts before a block are empty: two thirds of the time
                    text = node.text_content
                    if text and (pieces or not text.isspace()):
                        pieces.append((walk.in_phrase(text) if walk.seam or walk.script else text, walk.style))
                node = node.next
                continue
            tag, role = TREATMENTS.get(tag_id) or treatment_of(node)
            if role is not None and role in POINTS:
                if role == "sign":
                    walk.add_sign(node, tag)
                node = node.next
                continue
            attributes = node.attributes
            if "role" in attributes and attributes["role"] in ARIA_TAGS:
                tag, role = walk.by_role(node, tag, role)
            style = walk.style
            way = enter_phrase if role in PHRASES else enter if role == "chrome" or walk.in_code else open_container
            entered = way(node, tag, role, attributes)
            if entered is not None:
                stack.append((node, entered, tag, style))
                node = node.child
            elif walk.full:
                stack.clear()
                break
            else:
                node = node.next
        if not stack:
            break
        node, leave, tag, style = stack.pop()
        leave(tag, style)
        node = node.next
    walk.end_block()
