"""Elements that no reader sees: hidden ones, and words for screen readers only. A fold, which a reader opens, is none.

Only an element's own attributes, its names and the controls of the page are known: no style sheet is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Final, Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.html.nodes import has_part, names_of
from scraper.text.patterns import lazy_pattern
from scraper.text.words import name_words

Concealment = Literal["", "hidden", "class", "aria", "reader"]
"""How an element is concealed: not, from everybody, from everybody as a class word says, from screen readers, or from all
but screen readers."""

HIDDEN_STYLE: Final = lazy_pattern(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
HIDDEN_VALUES: Final = ("none", "hidden", "collapse")
"""Parts of all of these styles: to look for them takes a tenth of the time of the pattern."""
CLIPPED_STYLE: Final = lazy_pattern(
    r"\bclip\s*:\s*rect\(\s*[01](?:px)?\b|clip-path\s*:\s*inset\(\s*(?:50|100)%|text-indent\s*:\s*-\d{3}|\b(?:left|top)\s*:\s*-\d{4}",
    re.IGNORECASE,
)
"""Styles that leave a text to screen readers alone."""
CLIPPED_PARTS: Final = ("rect", "inset", "indent", "left", "top")
"""Parts of all of these styles."""
READER_NAMES: Final = lazy_pattern(
    r"visually[-_]?hidden|hidden[-_]?visually|screen[-_]?reader|"
    r"(?:^|\s)(?:sr[-_]?only|show-for-sr|element-invisible|a11y-(?:text|hidden|only)|off-?screen|assistive-text|u-?vh|vishidden|readers-only|"
    r"accessibly-hidden|accessibility-text)(?:\s|$)"
)
"""Class words of texts for screen readers alone, of the common style sheets, in lower case."""
SHOWN_NAMES: Final = lazy_pattern(r"not-sr-only|undo-?(?:sr|visually)")
"""Words that undo them, at some widths of the window."""

HIDDEN_NAMES: Final = lazy_pattern(
    r"(?:^|\s)(?:(?:is-+|u-|js-|tw-)?hidden|(?:u-)?hide|d-none|display-?none|(?:w-condition-)?invisible|"
    r"(?:mw-)?editsection)(?:\s|$)"
)
"""Class words that hide an element in the common style sheets, in lower case, or but for editors."""
CONCEALING_PARTS: Final = (
    "hid",
    "none",
    "invisible",
    "screen",
    "sr",
    "a11y",
    "assistive",
    "vh",
    "readers",
    "access",
    "editsection",
)
"""Parts of all words of `READER_NAMES` and `HIDDEN_NAMES`: to look for them is ten times as fast, and most names have none."""
SHOWN_WIDTHS: Final = lazy_pattern(
    r"(?:^|\s)(?:[\w-]+:\S|(?:d-(?!none)|visible|show|block|flex|inline|(?:xs|sm|md|lg|xl)-)|\S+-(?:block|flex|visible|show)(?:\s|$)|"
    r"(?:hidden|hide)-(?:xs|sm|md|lg))"
)
"""Class words that show such an element at some widths of the window."""
MAX_HIDDEN_PARAGRAPHS: Final = 2
"""Paragraphs of running text in an element that a class word hides; of one with more, a script shows the text."""
MIN_RUNNING_CHARS: Final = 80
"""Characters of a paragraph of running text."""

FOLD_NAMES: Final = frozenset(
    "accordion accordeon collapse collapsed collapsible collapser expand expandable expanded expander expanding fold folded foldable toggle "
    "toggled toggleable more readmore showmore viewmore panel panels tab tabs tabpanel tabcontent faq faqs answer answers spoiler transcript "
    "details disclosure subscriber subscribers premium paywall paid locked unlock unlocked lazy lazyload rest remaining truncate truncated "
    "teaserless fulltext slide slides step steps mehr weiterlesen suite plus".split()
)
"""Class and id words of elements that a reader opens, or that a script shows."""
ASIDE_NAMES: Final = frozenset(
    "tooltip tooltips tip popover popup modal dialog menu submenu dropdown nav navigation overlay lightbox toast hint".split()
)
"""Class and id words of elements that open, but hold no part of the text."""
FOLDED_PARTS: Final = frozenset({"tbody", "tr", "td", "th"})
"""Parts of a table: the ones that a class word hides are below its fold."""
FOLD_PROPERTIES: Final = frozenset({"acceptedAnswer", "suggestedAnswer", "articleBody", "reviewBody"})
"""Microdata of parts of the text that a reader opens."""
ASIDE_ROLES: Final = frozenset({"tooltip", "dialog", "alertdialog", "menu", "status", "alert"})
OPENERS: Final = ("aria-controls", "data-target", "data-bs-target", "href")
"""Attributes of a control that name the element that it opens."""
MAX_OPENERS: Final = 2_000
"""Controls of a page that are read."""
MAX_NODES_BETWEEN: Final = 4
"""Texts and comments between two elements that stand side by side."""
MAX_NODES_BELOW: Final = 20
"""Nodes of an element that are searched for a word."""
MAX_PARAGRAPHS_READ: Final = 50
"""Paragraphs of an element that are counted."""
MAX_SEARCHED: Final = 200
"""Elements of a page, hidden by a class word, of which the paragraphs are read: they may be nested. All others are seen."""
MAX_CACHED: Final = 20_000
"""Elements whose concealment is remembered."""

CONCEALING: Final = frozenset({"style", "aria-hidden", "hidden"})
"""Attributes that may conceal an element, besides its class."""
CONCEALING_OR_CLASS: Final = CONCEALING | {"class"}
WORD: Final = lazy_pattern(r"\w")


def concealment(attributes: Mapping[str, str | None]) -> Concealment:
    """How an element's own attributes conceal it.

    >>> concealment({"style": "visibility: hidden"}), concealment({"class": "btn sr-only"}), concealment({"class": "hidden-gem"})
    ('hidden', 'reader', '')
    """
    get = attributes.get
    names = get("class")
    if CONCEALING.isdisjoint(attributes):
        return concealment_by_name(names) if names else ""
    return concealment_of(names, get("style"), get("aria-hidden"), get("hidden", "no"))


@lru_cache(maxsize=MAX_CACHED)
def concealment_of(names: str | None, style: str | None, aria: str | None, hidden: str | None) -> Concealment:
    """`concealment` by the values of the attributes; `hidden` is "no" for an element without it. Pages repeat them."""
    if hidden != "no":
        return "" if (hidden or "").lower() == "until-found" else "hidden"
    if style:
        lower = style.lower()
        if has_part(lower, HIDDEN_VALUES) and HIDDEN_STYLE.search(style):
            return "hidden"
        if has_part(lower, CLIPPED_PARTS) and CLIPPED_STYLE.search(style):
            return "reader"
    return (concealment_by_name(names) if names else "") or ("aria" if aria and aria.lower() == "true" else "")


@lru_cache(maxsize=MAX_CACHED)
def concealment_by_name(names: str) -> Concealment:
    """How class words conceal an element."""
    if not has_part(names.lower(), CONCEALING_PARTS):
        return ""
    if is_for_readers(names):
        return "reader"
    return "class" if is_hidden_by_name(names) else ""


def is_hidden_by_name(names: str) -> bool:
    """Whether class words hide an element at every width of the window.

    >>> is_hidden_by_name("card hidden"), is_hidden_by_name("hidden md:block"), is_hidden_by_name("hidden-gem")
    (True, False, False)
    """
    lower = names.lower()
    return HIDDEN_NAMES.search(lower) is not None and not SHOWN_WIDTHS.search(lower)


def is_for_readers(names: str) -> bool:
    """Whether class words are those of a text for screen readers alone.

    >>> is_for_readers("btn SR-only"), is_for_readers("not-sr-only sr-only"), is_for_readers("screen")
    (True, False, False)
    """
    lower = names.lower()
    return READER_NAMES.search(lower) is not None and not SHOWN_NAMES.search(lower)


def is_below_control(node: LexborNode) -> bool:
    """Whether an element with paragraphs stands right below a control that opens something: a disclosure (WAI-ARIA)."""
    above = neighbour(node, back=True)
    if above is None or node.css_first("p") is None:
        return False
    return "aria-expanded" in above.attributes or above.css_first("[aria-expanded]") is not None


def has_twin(node: LexborNode) -> bool:
    """Whether an element that is concealed from screen readers has a twin for them: then it is the one that readers see.

    The twin is the element right before or after it, a formula, or a label of the element around both.
    """
    outer = node.parent
    if outer is not None:
        label = outer.attributes.get("aria-labelledby")
        if outer.attributes.get("aria-label") or (label and node.attributes.get("id") in label.split()):
            return True
    beside = (neighbour(node, back=True), neighbour(node, back=False))
    return any(
        other is not None
        and (concealment(other.attributes) == "reader" or (other.child is not None and other.child.tag == "math"))
        for other in beside
    )


def neighbour(node: LexborNode, *, back: bool) -> LexborNode | None:
    """The element right before or after a node, in the same element; a text between them does not count."""
    for _ in range(MAX_NODES_BETWEEN):
        found = node.prev if back else node.next
        if found is None or (found.tag or "-")[0] not in "-!":
            return found
        node = found
    return None


def has_word(node: LexborNode) -> bool:
    """Whether an element holds a word. An element that is too large to look through does."""
    texts = list(islice(nodes_below(node), MAX_NODES_BELOW + 1))
    return len(texts) > MAX_NODES_BELOW or any(WORD.search(text) for text in texts)


def holds_running_text(node: LexborNode) -> bool:
    """Whether an element holds so many paragraphs that they are a text, which a script shows."""
    long = (len(one.text(deep=True).strip()) >= MIN_RUNNING_CHARS for one in node.css("p"))
    return sum(islice(long, MAX_PARAGRAPHS_READ)) > MAX_HIDDEN_PARAGRAPHS


def nodes_below(top: LexborNode) -> Iterator[str]:
    """The text of each node below an element; empty for elements."""
    for node in top.traverse(include_text=True):
        yield node.text_content or ""


@dataclass
class Visibility:
    """What the readers of one page see. Its controls are read only when something is concealed."""

    tree: LexborHTMLParser
    searched: int = 0  # elements hidden by a class word of which the paragraphs were read

    def is_unseen(self, node: LexborNode, found: Concealment, *, around: str = "") -> bool:
        """Whether no reader sees an element that is concealed in a way. `around` are the names of the elements around it."""
        if not found or found == "reader":
            return bool(found)
        attributes = node.attributes
        own = frozenset(name_words(names_of(attributes)))
        if own & ASIDE_NAMES or attributes.get("role") in ASIDE_ROLES:
            return True
        name = attributes.get("id")
        if (
            own & FOLD_NAMES
            or attributes.get("itemprop") in FOLD_PROPERTIES
            or not FOLD_NAMES.isdisjoint(name_words(around))
            or (name and name in self.opened)
            or is_below_control(node)
        ):
            return False
        if found == "class":
            if node.tag in FOLDED_PARTS:
                return False
            self.searched += 1
            return self.searched <= MAX_SEARCHED and not holds_running_text(node)
        return found != "aria" or not has_twin(node)

    @cached_property
    def opened(self) -> frozenset[str]:
        """Ids of the elements that the page's controls open."""
        found: set[str] = set()
        selector = ", ".join(f"[{name}]" if name != "href" else '[href^="#"]' for name in OPENERS)
        for control in self.tree.css(selector)[:MAX_OPENERS]:
            attributes = control.attributes
            for value in filter(None, map(attributes.get, OPENERS)):
                found.update([word.lstrip("#") for word in value.split()[:3]])
        return frozenset(found)

    def hides_phrase(self, node: LexborNode, found: Concealment) -> bool:
        """Whether no reader sees an inline element that is concealed: a part of a sentence for screen readers, a closed hint.

        A sign without a word, such as the dot between two names, is seen although screen readers skip it; but a link with
        a sign alone leads to its own heading.
        """
        if found == "aria" and not has_word(node):
            return node.tag == "a"
        return self.is_unseen(node, found)
