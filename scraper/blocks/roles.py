"""What the reader does with an element, by its tag: tables of inline elements, kinds of text and levels."""

from __future__ import annotations

from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.blocks.phrases import SCRIPTS
from scraper.blocks.tables import CELLS
from scraper.html.nodes import INLINE, SKIPPED
from scraper.types import BlockKind

STYLED: Final = {"b": "bold", "strong": "bold", "em": "italic", "i": "italic", "cite": "italic", "code": "code"}
UNPARTED: Final = frozenset({*SCRIPTS, "wbr", "nobr", "font", "ruby", "rb", "rt", "rp", "rtc"})
"""Inline elements within a word."""
KIND_OF_TAG: Final[dict[str, BlockKind]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("li", "dt", "dd"), "list"),
    **dict.fromkeys(("td", "th"), "table"),
    **dict.fromkeys(("figcaption", "caption", "figure"), "caption"),
    "blockquote": "quote",
    **dict.fromkeys(("pre", "xmp", "listing"), "code"),
}
HEADING_LEVEL: Final = {f"h{level}": level for level in range(1, 7)}
LEVEL_TAGS: Final = HEADING_LEVEL.keys() | {"ul", "ol"}
NODE_ROLES: Final = {
    **dict.fromkeys(INLINE, "passive"),
    **dict.fromkeys((*STYLED, "a"), "styled"),
    **dict.fromkeys((*UNPARTED, "q"), "special"),
    **dict.fromkeys(SKIPPED, "skipped"),
    **dict.fromkeys(("br", "img", "math"), "sign"),
    **dict.fromkeys(("nav", "footer"), "chrome"),
    **dict.fromkeys((*KIND_OF_TAG, *LEVEL_TAGS, "tr", "dialog"), "part"),
    "button": "button",
}
"""The treatment of a node by its tag. All other nodes are entered as containers. `passive` elements change nothing but the
seam, a `part` has a kind or a level or is counted, and an element that HTML does not know may be inline by its name (`named`)."""
PHRASES: Final = frozenset({"passive", "styled", "special"})
"""The treatment of inline elements."""
POINTS: Final = frozenset({"skipped", "sign"})
"""The treatment of nodes that are not entered."""
DOUBTFUL: Final = frozenset({"button", "named"})
"""The treatment of elements that may be part of a sentence."""
WHOLES: Final = frozenset({"tr", "figure"})
"""Elements whose blocks are looked at together at their end."""
COMMON_TAGS: Final = "address article aside center details div dl fieldset form header hr legend main p section summary table tbody tfoot thead".split()  # fmt: skip
"""Tags of plain containers."""
MAX_TAG_ID: Final = 1_000
"""The parser numbers the tags of HTML below this; the number of any other tag is its place in memory."""


def treatment_of(node: LexborNode) -> tuple[str, str | None]:
    """The tag of a node, and the treatment of that tag."""
    tag = node.tag or "-"
    if tag[0] in "-!":
        return tag, "skipped"
    return tag, NODE_ROLES.get(tag) if tag.isalnum() else "named"


def known_treatments() -> dict[int, tuple[str, str | None]]:
    """`treatment_of` by the parser's number for a tag, for the tags of HTML: a third of the time."""
    tree = LexborHTMLParser("")
    nodes = [tree.create_node(tag) for tag in {*NODE_ROLES, *COMMON_TAGS}]
    return {node.tag_id: treatment_of(node) for node in nodes if node.tag_id < MAX_TAG_ID}


TREATMENTS: Final = known_treatments()
ADDED_SIGNS: Final = {"q": ("“", "”"), "rt": ("(", ")")}
"""Signs that browsers show around an element, or in place of its form: a quotation, the reading of a word (ruby)."""
OPENING_SIGNS: Final = frozenset('"“”„«»‹›‘‚「『')
"""Signs before a quotation that a page writes itself."""
SAME_LINE: Final = INLINE | CELLS
"""Elements of a listing that begin no line."""
CONTROLS: Final = frozenset({"button", "clipboard-copy"})
"""Elements of a listing that are no part of it, such as the one that copies it."""

INLINE_HOLDERS: Final = frozenset("p li h1 h2 h3 h4 h5 h6 td th dd dt figcaption".split())
"""Elements in which a custom element, and one of a namespace (`o:p`), is inline; elsewhere it is a block."""

ARIA_TAGS: Final = {
    **dict.fromkeys(("table", "grid"), "table"),
    "rowgroup": "tbody",
    "row": "tr",
    **dict.fromkeys(("cell", "gridcell"), "td"),
    **dict.fromkeys(("columnheader", "rowheader"), "th"),
    "list": "ul",
    "listitem": "li",
}
"""The element that a role stands for (WAI-ARIA 1.2)."""
ARIA_HOLDERS: Final = {
    "tbody": frozenset({"table"}),
    "tr": frozenset({"table", "tbody"}),
    **dict.fromkeys(CELLS, frozenset({"tr"})),
    "li": frozenset({"ul"}),
}
"""Where such an element counts: in its table, row or list. All others count everywhere."""
ROLELESS: Final = frozenset({"div", "span", "section", "p"})
"""Elements to which a role gives a meaning; others have their own."""
PARTS_OF_CARDS: Final = "p, h1, h2, h3, h4, h5, h6, article, section, figure, ul, ol, table, blockquote"
"""Elements that no plain item of a list holds: cards and posts are often marked as items."""


def tag_by_role(node: LexborNode, tag: str, role: str, *, holder: str) -> str:
    """The tag for which the role of an element stands, in a container of the tag `holder`; else its own."""
    meant = ARIA_TAGS[role]
    if tag not in ROLELESS or holder not in ARIA_HOLDERS.get(meant, (holder,)):
        return tag
    return tag if meant == "li" and node.css_first(PARTS_OF_CARDS) is not None else meant


def is_named_inline(tag: str, holder: str) -> bool:
    """Whether an element of a name that HTML does not know is inline, in an element of the tag `holder`.

    >>> is_named_inline("x-term", "p"), is_named_inline("st1:place", "td"), is_named_inline("x-card", "div")
    (True, True, False)
    """
    return ("-" in tag or ":" in tag) and holder in INLINE_HOLDERS
