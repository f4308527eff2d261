"""Removal kinds suggested by class names: the kind of a block that the scorer removes, since the score names none."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from scraper.blocks.columns import ContainerColumns
from scraper.text.words import split_names
from scraper.types import RemovalKind

WORDS: Final[dict[RemovalKind, str]] = {
    "newsletter": "newsletter newsletters mailinglist signup optin",
    "caption": "caption figcaption legend cutline bildunterschrift",
    "credit": "credit credits copyright attribution",
    "related": "related recirc recirculation recommended recommendations recommend readmore teaser teasers outbrain taboola similar mostread popular trending",
    "social": "share sharing social sharebar sharer follow addthis sharedaddy",
    "author-box": "author authors bio authorbox contributor contributors",
    "byline": "byline autor",
    "stamp": "timestamp date dateline published updated pubdate datetime",
    "comment": "comment comments disqus respond discussion",
    "tags": "tags tag topics topic keywords taxonomy",
    "ad": "advert advertisement ads adunit sponsor sponsored dfp banner",
    "affiliate": "affiliate commerce disclosure",
    "paywall": "paywall subscribe subscription regwall piano metered",
    "consent": "consent cookie cookies gdpr onetrust",
    "promo": "promo promotion cta donate donation",
    "navigation": "nav navigation menu breadcrumb breadcrumbs footer header sidebar pagination toc",
    "legal": "legal disclaimer terms",
}
KIND_OF_WORD: Final[dict[str, RemovalKind]] = {word: kind for kind, words in WORDS.items() for word in words.split()}
KIND_OF_TAG: Final[dict[str, RemovalKind]] = {
    "nav": "navigation",
    "footer": "navigation",
    "header": "navigation",
    "figcaption": "caption",
    "time": "stamp",
}


def kind_around(containers: ContainerColumns, element: int, known: dict[int, RemovalKind]) -> RemovalKind:
    """The removal kind that an element and those around it suggest. `known` has the kinds of elements asked for before, and gets
    those found here.

    The nearest element outwards whose names or tag suggest a kind decides; without one the kind is `other`.
    """
    kind: RemovalKind | None = None
    passed = []
    while not kind:
        passed.append(element)
        kind = known.get(element) or kind_of_element(containers.tags[element], containers.names[element])
        element = containers.parents[element]
        if element < 0:
            kind = kind or "other"
    known |= dict.fromkeys(passed, kind)
    return kind


def kind_of_element(tag: str, names: str) -> RemovalKind | None:
    """The removal kind that one element's class and id words suggest, else its tag.

    >>> kind_of_element("div", "c-relatedBox"), kind_of_element("nav", ""), kind_of_element("p", "story")
    ('related', 'navigation', None)
    """
    return kind_of_names(names) or KIND_OF_TAG.get(tag)


@lru_cache(maxsize=20_000)  # by a single text, which is looked up three times as fast as a pair
def kind_of_names(names: str) -> RemovalKind | None:
    """The removal kind that an element's class and id words suggest."""
    return next((KIND_OF_WORD[word] for word in split_names(names) if word in KIND_OF_WORD), None)
