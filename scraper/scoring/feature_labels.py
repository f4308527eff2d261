"""What the scorer's features mean, in words, for whoever reads an explanation."""

from __future__ import annotations

import re
from typing import Final

from scraper.scoring.features import ANCESTORS

NEIGHBOUR: Final = re.compile(r"^(?P<name>.+?)(?P<step>[+-]\d)$")

MEANINGS: Final[dict[str, str]] = {
    "chars": "characters",
    "words": "words",
    "word_length": "characters a word",
    "link_share": "share of the text that is links",
    "bold_share": "share of the text that is bold",
    "italic_share": "share of the text that is italic",
    "full_stop": "ends like a sentence",
    "closed": "ends with a punctuation mark",
    "sentences": "sentence ends",
    "commas": "commas",
    "digit_share": "share of the characters that are digits",
    "capital_share": "share of the words that are capitalised",
    "question": "has a question mark",
    "exclamation": "has an exclamation mark",
    "lines": "line breaks",
    "hidden": "its element is not shown",
    "level": "level of the heading, or depth of the list",
    "heading": "is a heading",
    "marked": "an element rule knows it",
    "word_first": "what its first four words say (log-odds learned; above 0: body)",
    "word_mean": "what its words say on average",
    "word_min": "what its worst word says",
    "name_own": "what class and id of its element say (log-odds learned; above 0: body)",
    "name_parent": "what class and id of the element around it say",
    "name_grand": "what class and id of the next element out say",
    "name_min": "the worst that a class or id around it says",
    "name_max": "the best that a class or id around it says",
    "name_sum": "what all classes and ids around it say together",
    "depth": "elements around it",
    "is_title": "is the page's title",
    "title_share": "share of its words that the title has",
    "described": "share of its phrases that the page's description has",
    "stated": "share of its phrases that the page's JSON-LD has as article body; -1: none is stated",
    "has_stated": "the page's JSON-LD states an article body",
    "author_words": "share of its words that are names of the page's authors",
    "rule_kind": "number of the kind that a text rule gives it; 0: none",
    "copies": "times that its text stands on the page",
    "begun": "blocks of the page that begin as it does",
    "seen_before": "its text has stood before",
    "page_blocks": "blocks of the page",
    "page_plain": "characters of the page outside links",
    "own_blocks": "blocks in its element",
    "with_densest": "stands in the element that holds most running text",
    "under_densest": "stands somewhere below that element",
    "before_densest": "blocks until that element's text begins",
    "after_densest": "blocks since that element's text ended",
    "above_densest": "elements to climb from there to one that holds the block too",
    "densest_share": "share of the page's running text that this element holds",
    "place": "how far down the page it stands, by blocks",
    "char_place": "how far down the page it stands, by characters",
    "after_title": "blocks since the title; -1000: the page shows none",
    "make_count": "blocks of the same make (tags, classes and ids) on the page",
    "make_plain": "share of the page's plain text in blocks of its make",
    "make_mean": "characters of a block of its make, on average",
    "make_stops": "share of the blocks of its make that end like a sentence",
    "running_before": "blocks since the last long sentence-like one; 99: none",
    "running_after": "blocks until the next such; 99: none",
    "odds": "what the first look thought of it (log-odds)",
    "parent_odds": "what the first look thought of its neighbours in the same element (0 to 1)",
    "grand_odds": "what it thought of the blocks in the next element out",
    "make_odds": "what it thought of the blocks of the same make",
    "around": "likely body among the eleven blocks around it",
    "mass": "characters that are likely body, on the page",
    "mass_before": "share of them that stands before it",
    "mass_after": "share of them that stands after it",
    **{f"in_{tag}": f"stands in <{tag}>" for tag in ANCESTORS},
    **{f"{where}_{what}": f"{text}, in the element {out}" for where, out in (("parent", "around it"), ("grand", "around that"))
       for what, text in (("plain", "share of the page's plain text"), ("links", "share of the text that is links"),
                          ("blocks", "blocks"), ("mean", "characters a block"))},
    **{f"sure{floor}{end}": f"{text} (more than {floor} likely, over 80 characters)" for floor in (0.5, 0.9)
       for end, text in (("", "sure blocks of the page"), ("_before", "blocks since the last sure one"),
                         ("_after", "blocks until the next sure one"))},
}  # fmt: skip


def meaning(name: str) -> str:
    """What a feature means; an empty string for a name that is not known.

    >>> meaning("link_share"), meaning("link_share-2")
    ('share of the text that is links', 'share of the text that is links, of the block 2 before')
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
