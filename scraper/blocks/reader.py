"""A page as an ordered sequence of text blocks, each with what is known of where it stands.

The walk is iterative, for pages nested 50,000 deep, and reads each node once. Every visible piece of text lands in
exactly one block; scripts, styles and form fields are not text. A menu (`nav`) or a page's footer is a single block:
a third of a news page's lines stand in them, and none is the article. Values are named tuples, not dataclasses: a page makes
thousands, and a frozen dataclass takes five times as long to make.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.blocks.layout_tables import free_prose
from scraper.blocks.model import PLAIN, Container, PageBlock, PageBlocks, Style
from scraper.html.limits import MAX_BLOCKS, MAX_CELLS, MAX_CLIMB, MAX_CONTAINERS, MAX_REFUSED
from scraper.html.nodes import INLINE, SKIPPED, texts_below
from scraper.rules.model import Rule
from scraper.rules.selectors import Marks
from scraper.types import BlockKind

STYLED: Final = {"b": "bold", "strong": "bold", "em": "italic", "i": "italic", "cite": "italic", "code": "code"}
PASSIVE: Final = INLINE - STYLED.keys() - {"a"}
"""Inline elements that change nothing."""
KIND_OF_TAG: Final[dict[str, BlockKind]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("li", "dt", "dd"), "list"),
    **dict.fromkeys(("td", "th"), "table"),
    **dict.fromkeys(("figcaption", "caption", "figure"), "caption"),
    "blockquote": "quote",
    "pre": "code",
}
PART: Final = {
    "-text": "text",
    "br": "break",
    "img": "image",
    **dict.fromkeys(PASSIVE, "passive"),
    **dict.fromkeys((*SKIPPED, "-", "-comment"), "skipped"),
    **dict.fromkeys(("nav", "footer"), "chrome"),
}
"""What a node is to the walk, by its tag; all others are entered."""
MAX_CHROME_CHARS: Final = 4_000
"""Characters of a menu or footer up to which it is one block. A longer one may be a page wrapped in the wrong element."""

HEADING_LEVEL: Final = {f"h{level}": level for level in range(1, 7)}
LEVELLED: Final = HEADING_LEVEL.keys() | {"ul", "ol"}
INLINE_HOLDERS: Final = frozenset("p li h1 h2 h3 h4 h5 h6 td th dd dt figcaption".split())
"""Elements in which a custom element is part of a sentence; elsewhere it is a box."""
BREAK: Final = "\u2028"
PARAGRAPH_BREAK: Final = re.compile(rf"{BREAK}\s*{BREAK}[\s{BREAK}]*")
INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
UNSAFE: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
SAFE_LINK: Final = re.compile(r"(?:https?://|mailto:|/|#|\.{0,2}/|\?|[^:]*$)", re.IGNORECASE)
USUAL_LINK: Final = ("https://", "http://", "/", "#")
"""How nearly all safe links begin; found faster than by a pattern."""


Before = tuple[int, Style, int]
"""What held before an element was entered: container, style, number of blocks."""


def normalise(text: str) -> str:
    """`text` with white space folded, invisible and unsafe characters gone; a `<br>` is a newline.

    >>> normalise(" a \\u00a0 b\\u200b" + BREAK + " c ")
    'a b\\nc'
    """
    if BREAK in text:
        return "\n".join([line for line in map(normalise, text.split(BREAK)) if line])
    folded = " ".join(text.split())
    if folded.isprintable():  # nearly always; and then nothing in it is invisible or unsafe
        return folded
    return " ".join(UNSAFE.sub("\ufffd", INVISIBLE.sub("", folded)).split())


@dataclass(slots=True)
class Walk:
    """The state of one walk over a page. Private to `read_blocks`."""

    marks: Marks
    blocks: list[PageBlock] = field(default_factory=list)
    containers: list[Container] = field(default_factory=lambda: [Container("body", "", -1, 0)])
    pieces: list[tuple[str, Style]] = field(default_factory=list)
    here: int = 0
    style: Style = PLAIN
    image: str = ""
    refused: int = 0
    cut: bool = False

    def enter(self, node: LexborNode, tag: str) -> Before:
        """Go into an element; what to go back to when it ends."""
        marked = self.marks.nodes.get(node.mem_id) if self.marks.nodes else None
        if not marked and (tag in INLINE or ("-" in tag and self.containers[self.here].tag in INLINE_HOLDERS)):
            before = (self.here, self.style, len(self.blocks))
            self.style = self.styled(node, tag)
            return before
        if self.pieces:
            self.flush()
        before = (self.here, self.style, len(self.blocks))
        if tag == "a":
            self.style = self.styled(node, tag)
        self.containers.append(self.container(node, tag, marked))
        self.here = len(self.containers) - 1
        return before

    def container(self, node: LexborNode, tag: str, marked: Rule | None) -> Container:
        """The element as what follows stands in it."""
        _, _, _, depth, rule, hidden, kind, level = self.containers[self.here]
        names, conceals, embeds, own = self.marks.index.nature(tag, node.attributes)
        if tag in LEVELLED:
            level = HEADING_LEVEL.get(tag) or level + 1
        if kind != "embed":
            kind = "embed" if embeds else KIND_OF_TAG.get(tag, kind)
        if rule is None or rule.kind == "body":  # within the body other rules hold
            rule = marked or own or rule
        return Container(tag, names, self.here, depth + 1, rule, hidden or conceals, kind, level)

    def leave(self, before: Before) -> None:
        """Come out of an element."""
        here, self.style, start = before
        if here == self.here:
            return
        if self.pieces:
            self.flush()
        if self.containers[self.here].tag == "tr":
            self.join_cells(start)
        self.here = here

    def take_whole(self, whole: LexborNode, tag: str) -> bool:
        """Make a menu or a page's footer one block, all of it link; False where it has to be walked: a rule may call it body."""
        if self.refused >= MAX_REFUSED or self.marks.index.names_body or (tag == "footer" and self.within("article")):
            return False
        text = normalise(" ".join(texts_below(whole)))
        if len(text) > MAX_CHROME_CHARS:
            self.refused += 1
            return False
        before = self.enter(whole, tag)
        if text:
            self.style = Style(href="")
            self.pieces.append((text, self.style))
        self.leave(before)
        return True

    def within(self, tag: str) -> bool:
        """Whether the walk is inside of such an element, `MAX_CLIMB` levels up at most."""
        place = self.here
        for _ in range(MAX_CLIMB):
            if place < 0 or self.containers[place].tag == tag:
                break
            place = self.containers[place].parent
        return place >= 0 and self.containers[place].tag == tag

    def styled(self, node: LexborNode, tag: str) -> Style:
        own = self.style
        if tag == "a":
            href = (node.attributes.get("href") or "").strip()
            safe = href.startswith(USUAL_LINK) or SAFE_LINK.match(href)
            return Style(href if safe else "", own.bold, own.italic, own.code)
        mark = STYLED.get(tag)
        if mark is None:
            return own
        return Style(own.href, own.bold or mark == "bold", own.italic or mark == "italic", own.code or mark == "code")

    def see_image(self, node: LexborNode) -> None:
        """Remember a picture: the caption that follows in the same container is about it."""
        attributes = node.attributes
        source = (attributes.get("src") or "").strip()
        if not source or source.startswith("data:"):
            source = (attributes.get("data-src") or attributes.get("srcset") or "").split(" ")[0].strip()
        if source and not source.lower().startswith(("data:", "javascript:")):
            self.image = source

    def flush(self) -> None:
        """End the block that was being read."""
        pieces, self.pieces = self.pieces, []
        raw = pieces[0][0] if len(pieces) == 1 else "".join([text for text, _ in pieces])
        if BREAK not in raw:
            self.add(raw, pieces)
            return
        for part in split_paragraphs(raw, pieces):
            self.add("".join([text for text, _ in part]), part)

    def add(self, raw: str, pieces: list[tuple[str, Style]]) -> None:
        """Makes a block of runs of text; `raw` is what they say."""
        own = self.containers[self.here]
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
                container=self.here,
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
        """Make the cells of the row that has just ended one block, when each holds one run of text and no more."""
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
    """Runs of text, `raw` together, cut where two line breaks stand together, as old pages write paragraphs."""
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
                break  # the cut goes on into the next run
            cut += 1
        if begin < end:
            parts[-1].append((text[begin - at :], style))
        at = end
    return [part for part in parts if part]


def read_blocks(tree: LexborHTMLParser, marks: Marks | None = None) -> PageBlocks:
    """The text blocks of a page, in document order. `marks` says which elements a rule takes out."""
    walk = Walk(marks or Marks())
    root = tree.body or tree.root
    if root is None:
        return PageBlocks((), ())
    node = root.child
    stack: list[tuple[LexborNode, Before | None]] = []
    while node is not None or stack:
        if node is None:
            parent, before = stack.pop()
            if before is not None:
                walk.leave(before)
            node = parent.next
            continue
        tag = node.tag or "-"
        part = PART.get(tag)
        if part == "text":
            text = node.text_content
            if text and (walk.pieces or not text.isspace()):
                walk.pieces.append((text, walk.style))
        elif part == "passive" and not walk.marks.nodes:
            stack.append((node, None))
            node = node.child
            continue
        elif part == "break":
            walk.pieces.append((BREAK, walk.style))
        elif part == "image":
            walk.see_image(node)
        elif part != "skipped" and tag[0] not in "-!" and not (part == "chrome" and walk.take_whole(node, tag)):
            if len(walk.containers) >= MAX_CONTAINERS:
                walk.cut = True
                break
            stack.append((node, walk.enter(node, tag)))
            node = node.child
            continue
        node = node.next
    walk.flush()
    return PageBlocks(free_prose(walk.blocks, walk.containers), tuple(walk.containers), walk.cut)
