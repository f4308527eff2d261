"""Labels of the scorer's features: each feature's meaning in words, for the readers of an explanation."""

from __future__ import annotations

import re
from typing import Final

from scraper.scoring.container_features import ANCESTORS

NEIGHBOUR: Final = re.compile(r"^(?P<name>.+?)(?P<step>[+-]\d)$")

MEANINGS: Final[dict[str, str]] = {
    "chars": "characters",
    "words": "words",
    "word_length": "characters per word",
    "link_share": "share of the text inside links",
    "bold_share": "share of the text that is bold",
    "italic_share": "share of the text that is italic",
    "full_stop": "ends like a sentence",
    "closed": "ends with a punctuation mark",
    "sentences": "ends of sentences in the text",
    "commas": "commas",
    "digit_share": "share of the characters that are digits",
    "capital_share": "share of the words that are capitalised",
    "question": "has a question mark",
    "exclamation": "has an exclamation mark",
    "lines": "line breaks",
    "hidden": "its element is hidden",
    "level": "level of the heading, or depth of the list",
    "heading": "is a heading",
    "marked": "an element rule finds it",
    "word_first": "its first four words (learned log-odds; above 0: body text)",
    "word_mean": "its words on average (learned log-odds)",
    "word_min": "its least likely word (learned log-odds)",
    "name_own": "class and id of its element (learned log-odds; above 0: body text)",
    "name_parent": "class and id of the element around it (learned log-odds)",
    "name_grand": "class and id of the next element out (learned log-odds)",
    "name_min": "least likely class or id around it (learned log-odds)",
    "name_max": "most likely class or id around it (learned log-odds)",
    "name_sum": "all classes and ids around it together (learned log-odds)",
    "depth": "number of elements around it",
    "is_title": "is the page's title",
    "title_share": "share of its words that are in the title",
    "described": "share of its phrases that are in the page's description",
    "stated": "share of its phrases that are in the JSON-LD article body; -1: the page has none",
    "has_stated": "the page's JSON-LD has an article body",
    "author_words": "share of its words that are in the authors' names",
    "rule_kind": "number of the kind that a text rule gives it; 0: none",
    "copies": "number of blocks with the same text on the page",
    "begun": "number of blocks that begin with the same words",
    "seen_before": "its text occurred earlier on the page",
    "page_blocks": "blocks of the page",
    "page_plain": "characters of the page outside links",
    "own_blocks": "blocks in its element",
    "with_densest": "is in the element with most running text",
    "under_densest": "is somewhere below that element",
    "before_densest": "blocks until that element's text begins",
    "after_densest": "blocks since that element's text ended",
    "above_densest": "levels above that element at which the block is included",
    "densest_share": "share of the page's running text in that element",
    "place": "position on the page, by blocks (0: top, 1: bottom)",
    "char_place": "position on the page, by characters (0: top, 1: bottom)",
    "after_title": "blocks since the title; -1000: the page shows none",
    "make_count": "blocks with the same tags, classes and ids on the page",
    "make_plain": "share of the page's plain text in blocks with the same tags, classes and ids",
    "make_mean": "characters per block with the same tags, classes and ids",
    "make_stops": "share of the blocks with the same tags, classes and ids that end like a sentence",
    "running_before": "blocks since the last long sentence; 99: none",
    "running_after": "blocks until the next long sentence; 99: none",
    "odds": "first-pass score (log-odds)",
    "parent_odds": "mean first-pass score of the blocks in the same element",
    "grand_odds": "mean first-pass score of the blocks in the next element out",
    "make_odds": "mean first-pass score of the blocks with the same tags, classes and ids",
    "around": "sum of the first-pass scores of the eleven blocks around it",
    "mass": "characters of likely body text on the page",
    "mass_before": "share of the likely body text before it",
    "mass_after": "share of the likely body text after it",
    **{f"in_{tag}": f"is inside <{tag}>" for tag in ANCESTORS},
    **{f"{where}_{what}": f"{text}, in the {out}" for where, out in (("parent", "element around it"), ("grand", "next element out"))
       for what, text in (("plain", "share of the page's plain text"), ("links", "share of the text inside links"),
                          ("blocks", "blocks"), ("mean", "characters per block"))},
    **{f"sure{floor}{end}": f"{text} (score over {floor}, over 80 characters)" for floor in (0.5, 0.9)
       for end, text in (("", "blocks that are surely body text"), ("_before", "blocks since the last one that is surely body text"),
                         ("_after", "blocks until the next one that is surely body text"))},
}  # fmt: skip


def meaning(name: str) -> str:
    """The label of a feature; empty for an unknown name.

    >>> meaning("link_share"), meaning("link_share-2")
    ('share of the text inside links', 'share of the text inside links, of the block 2 before')
    >>> meaning("tag_p")
    'is a <p>'
    """
    if name in MEANINGS:
        return MEANINGS[name]
    if name.startswith("tag_"):
        return f"is a <{name.removeprefix('tag_')}>"
    if (found := NEIGHBOUR.match(name)) and found["name"] in MEANINGS:
        step = int(found["step"])
        return f"{MEANINGS[found['name']]}, of the block {abs(step)} {'after' if step > 0 else 'before'}"
    return ""
