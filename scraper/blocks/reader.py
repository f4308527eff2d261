"""Reads a page into text blocks, in document order, each with its element and style.

The walk is iterative, because pages can be nested 50,000 deep, and visits each node once. Every visible text lands in
exactly one block; scripts, styles and form fields are not text. A menu (`nav`) or a page's footer becomes a single
block: a third of a news page's lines are in them, and none is the article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.blocks.layout_tables import convert_prose_cells
from scraper.blocks.model import PLAIN, Container, PageBlock, PageBlocks, Style
from scraper.html.encoding import UNSAFE
from scraper.html.limits import MAX_BLOCKS, MAX_CELLS, MAX_CLIMBED_LEVELS, MAX_CONTAINERS, MAX_LONG_MENUS
from scraper.html.nodes import INLINE, SKIPPED, texts_below
from scraper.rules.model import Rule
from scraper.rules.selectors import Marks
from scraper.rules.thresholds import number
from scraper.text.invisible import INVISIBLE
from scraper.types import BlockKind

STYLED: Final = {"b": "bold", "strong": "bold", "em": "italic", "i": "italic", "cite": "italic", "code": "code"}
PASSIVE: Final = INLINE - STYLED.keys() - {"a"}
"""Inline elements that change no style."""
KIND_OF_TAG: Final[dict[str, BlockKind]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("li", "dt", "dd"), "list"),
    **dict.fromkeys(("td", "th"), "table"),
    **dict.fromkeys(("figcaption", "caption", "figure"), "caption"),
    "blockquote": "quote",
    "pre": "code",
}
NODE_ROLES: Final = {
    "-text": "text",
    "br": "break",
    "img": "image",
    **dict.fromkeys(PASSIVE, "passive"),
    **dict.fromkeys((*SKIPPED, "-", "-comment"), "skipped"),
    **dict.fromkeys(("nav", "footer"), "chrome"),
}
"""The treatment of a node by its tag. All other nodes are entered."""
MAX_CHROME_CHARS: Final = number("MAX_CHROME_CHARS")

HEADING_LEVEL: Final = {f"h{level}": level for level in range(1, 7)}
LEVEL_TAGS: Final = HEADING_LEVEL.keys() | {"ul", "ol"}
INLINE_HOLDERS: Final = frozenset("p li h1 h2 h3 h4 h5 h6 td th dd dt figcaption".split())
"""Elements in which a custom element is inline; elsewhere it is a block."""
BREAK: Final = "\u2028"
PARAGRAPH_BREAK: Final = re.compile(rf"{BREAK}\s*{BREAK}[\s{BREAK}]*")
SAFE_LINK: Final = re.compile(r"(?:https?://|mailto:|/|#|\.{0,2}/|\?|[^:]*$)", re.IGNORECASE)
COMMON_LINK_STARTS: Final = ("https://", "http://", "/", "#")
"""Starts of nearly all safe links; comparing them is faster than the pattern."""


SavedState = tuple[int, Style, int]
"""State before an element was entered: container, style, number of blocks."""


def normalise(text: str) -> str:
    """The text with white space folded and without invisible and unsafe characters; a `<br>` is a newline.

    >>> normalise(" a \\u00a0 b\\u200b" + BREAK + " c ")
    'a b\\nc'
    """
    if BREAK in text:
        return "\n".join([line for line in map(normalise, text.split(BREAK)) if line])
    folded = " ".join(text.split())
    if folded.isprintable():  # nearly always true; then no character is invisible or unsafe
        return folded
    return " ".join(UNSAFE.sub("\ufffd", INVISIBLE.sub("", folded)).split())


@dataclass(slots=True)
class BlockReader:
    """The state of one walk over a page. Private to `read_blocks`."""

    marks: Marks
    blocks: list[PageBlock] = field(default_factory=list)
    containers: list[Container] = field(default_factory=lambda: [Container("body", "", -1, 0)])
    pieces: list[tuple[str, Style]] = field(default_factory=list)
    place: int = 0  # index of the current container
    style: Style = PLAIN
    image: str = ""
    long_menus: int = 0
    cut: bool = False

    def enter(self, node: LexborNode, tag: str) -> SavedState:
        """Enter an element. Return the state to restore at its end."""
        marked = self.marks.nodes.get(node.mem_id) if self.marks.nodes else None
        if not marked and (tag in INLINE or ("-" in tag and self.containers[self.place].tag in INLINE_HOLDERS)):
            before = (self.place, self.style, len(self.blocks))
            self.style = self.style_of(node, tag)
            return before
        if self.pieces:
            self.flush()
        before = (self.place, self.style, len(self.blocks))
        if tag == "a":
            self.style = self.style_of(node, tag)
        self.containers.append(self.make_container(node, tag, marked))
        self.place = len(self.containers) - 1
        return before

    def make_container(self, node: LexborNode, tag: str, marked: Rule | None) -> Container:
        """The container of an element, with the marks that it inherits."""
        _, _, _, depth, rule, hidden, kind, level = self.containers[self.place]
        names, conceals, embeds, own = self.marks.index.traits(tag, node.attributes)
        if tag in LEVEL_TAGS:
            level = HEADING_LEVEL.get(tag) or level + 1
        if kind != "embed":
            kind = "embed" if embeds else KIND_OF_TAG.get(tag, kind)
        if rule is None or rule.kind == "body":  # inside the body other rules apply
            rule = marked or own or rule
        return Container(tag, names, self.place, depth + 1, rule, hidden or conceals, kind, level)

    def leave(self, before: SavedState) -> None:
        """Leave an element and restore the state before it."""
        place, self.style, start = before
        if place == self.place:
            return
        if self.pieces:
            self.flush()
        if self.containers[self.place].tag == "tr":
            self.join_cells(start)
        self.place = place

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
        before = self.enter(whole, tag)
        if text:
            self.style = Style(href="")
            self.pieces.append((text, self.style))
        self.leave(before)
        return True

    def is_within(self, tag: str) -> bool:
        """Whether the walk is inside an element of a tag, looking up at most `MAX_CLIMBED_LEVELS` levels."""
        place = self.place
        for _ in range(MAX_CLIMBED_LEVELS):
            if place < 0 or self.containers[place].tag == tag:
                break
            place = self.containers[place].parent
        return place >= 0 and self.containers[place].tag == tag

    def style_of(self, node: LexborNode, tag: str) -> Style:
        """The current style with what an inline element adds."""
        own = self.style
        if tag == "a":
            href = (node.attributes.get("href") or "").strip()
            safe = href.startswith(COMMON_LINK_STARTS) or SAFE_LINK.match(href)
            return Style(href if safe else "", own.bold, own.italic, own.code)
        mark = STYLED.get(tag)
        if mark is None:
            return own
        return Style(own.href, own.bold or mark == "bold", own.italic or mark == "italic", own.code or mark == "code")

    def remember_image(self, node: LexborNode) -> None:
        """Remember a picture for the caption that follows it."""
        attributes = node.attributes
        source = (attributes.get("src") or "").strip()
        if not source or source.startswith("data:"):
            source = (attributes.get("data-src") or attributes.get("srcset") or "").split(" ")[0].strip()
        if source and not source.lower().startswith(("data:", "javascript:")):
            self.image = source

    def flush(self) -> None:
        """End the current block."""
        pieces, self.pieces = self.pieces, []
        raw = pieces[0][0] if len(pieces) == 1 else "".join([text for text, _ in pieces])
        if BREAK not in raw:
            self.add(raw, pieces)
            return
        for part in split_paragraphs(raw, pieces):
            self.add("".join([text for text, _ in part]), part)

    def add(self, raw: str, pieces: list[tuple[str, Style]]) -> None:
        """Append a block made of runs of text; `raw` is their text together."""
        own = self.containers[self.place]
        text = raw.strip("\n").replace("\u00a0", " ") if own.kind == "code" else normalise(raw)
        if not text or text.isspace():
            return
        if len(self.blocks) >= MAX_BLOCKS:
            self.cut = True
            return
        linked = bold = italic = 0
        for run, style in pieces:
            if style is PLAIN:
                continue
            size = len(run.strip())
            linked += size * (style.href is not None)
            bold += size * style.bold
            italic += size * style.italic
        self.blocks.append(
            PageBlock(
                position=len(self.blocks),
                kind=own.kind,
                text=text,
                tag=own.tag,
                container=self.place,
                pieces=tuple(pieces),
                level=own.level,
                rule=own.rule,
                hidden=own.hidden,
                image=self.image if own.kind == "caption" else "",
                link_chars=linked,
                bold_chars=bold,
                italic_chars=italic,
            )
        )

    def join_cells(self, start: int) -> None:
        """Join the cells of the row that just ended into one block, if each cell has exactly one."""
        if not 2 <= len(self.blocks) - start <= MAX_CELLS:
            return
        cells = self.blocks[start:]
        if len({cell.container for cell in cells}) < len(cells):
            return
        if any(cell.tag not in {"td", "th"} or cell.rule for cell in cells):
            return
        pieces = [piece for cell in cells for piece in ((" | ", PLAIN), *cell.pieces)][1:]
        self.blocks[start:] = [
            PageBlock(
                position=start,
                kind="table",
                text=" | ".join(" ".join(cell.text.split()) for cell in cells),
                tag="tr",
                container=self.containers[cells[0].container].parent,
                pieces=tuple(pieces),
                hidden=cells[0].hidden,
                link_chars=sum(cell.link_chars for cell in cells),
                bold_chars=sum(cell.bold_chars for cell in cells),
                italic_chars=sum(cell.italic_chars for cell in cells),
            )
        ]


def split_paragraphs(raw: str, pieces: list[tuple[str, Style]]) -> list[list[tuple[str, Style]]]:
    """Runs of text (`raw` together) split at double line breaks, by which old pages separate paragraphs."""
    cuts = [match.span() for match in islice(PARAGRAPH_BREAK.finditer(raw), MAX_BLOCKS)]
    if not cuts:
        return [pieces]
    parts: list[list[tuple[str, Style]]] = [[]]
    at = cut = 0
    for text, style in pieces:
        begin, end = at, at + len(text)
        while begin < end and cut < len(cuts) and cuts[cut][0] < end:
            stop, resume = cuts[cut]
            if stop > begin:
                parts[-1].append((text[begin - at : stop - at], style))
            if parts[-1]:
                parts.append([])
            begin = resume
            if resume > end:
                break  # the break continues in the next run
            cut += 1
        if begin < end:
            parts[-1].append((text[begin - at :], style))
        at = end
    return [part for part in parts if part]


def read_blocks(tree: LexborHTMLParser, marks: Marks | None = None) -> PageBlocks:
    """The text blocks of a page, in document order. `marks` are the elements that rules find."""
    walk = BlockReader(marks or Marks())
    root = tree.body or tree.root
    if root is None:
        return PageBlocks((), ())
    node = root.child
    stack: list[tuple[LexborNode, SavedState | None]] = []
    while node is not None or stack:
        if node is None:
            parent, before = stack.pop()
            if before is not None:
                walk.leave(before)
            node = parent.next
            continue
        tag = node.tag or "-"
        role = NODE_ROLES.get(tag)
        if role == "text":
            text = node.text_content
            if text and (walk.pieces or not text.isspace()):
                walk.pieces.append((text, walk.style))
        elif role == "passive" and not walk.marks.nodes:
            stack.append((node, None))
            node = node.child
            continue
        elif role == "break":
            walk.pieces.append((BREAK, walk.style))
        elif role == "image":
            walk.remember_image(node)
        elif role != "skipped" and tag[0] not in "-!" and not (role == "chrome" and walk.add_as_one_block(node, tag)):
            if len(walk.containers) >= MAX_CONTAINERS:
                walk.cut = True
                break
            stack.append((node, walk.enter(node, tag)))
            node = node.child
            continue
        node = node.next
    walk.flush()
    return PageBlocks(convert_prose_cells(walk.blocks, walk.containers), tuple(walk.containers), walk.cut)
