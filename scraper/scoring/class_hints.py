"""Removal kinds suggested by class names: the kind of a block that the scorer removes, since the score names none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from scraper.blocks.model import Container
from scraper.text.words import name_words
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


def suggest_kinds(containers: Sequence[Container], places: Iterable[int]) -> list[RemovalKind]:
    """The removal kind for a block in each of the containers at `places`.

    The nearest element outwards whose names or tag suggest a kind decides; without one the kind is `other`.
    """
    known: dict[int, RemovalKind] = {-1: "other"}
    return [suggest_kind(place, containers, known) for place in places]


def suggest_kind(place: int, containers: Sequence[Container], known: dict[int, RemovalKind]) -> RemovalKind:
    """The removal kind at one place. `known` holds the kinds found so far and gains those of all elements passed."""
    if place in known:
        return known[place]
    passed = []
    while place not in known:
        passed.append(place)
        container = containers[place]
        if own := kind_of_element(container.tag, container.names):
            known[place] = own
        else:
            place = container.parent
    known.update(dict.fromkeys(passed, known[place]))
    return known[place]


@lru_cache(maxsize=20_000)
def kind_of_element(tag: str, names: str) -> RemovalKind | None:
    """The removal kind that one element's class and id words suggest, else its tag.

    >>> kind_of_element("div", "c-relatedBox"), kind_of_element("nav", ""), kind_of_element("p", "story")
    ('related', 'navigation', None)
    """
    return next((KIND_OF_WORD[word] for word in name_words(names) if word in KIND_OF_WORD), KIND_OF_TAG.get(tag))
