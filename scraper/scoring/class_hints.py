"""What an element's class and id words say that its text is, when the text is not the article."""

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


def hints(containers: Sequence[Container], places: Iterable[int]) -> list[RemovalKind]:
    """For each place the removal kind that the element there suggests by its words, or else the nearest around it that says one."""
    known: dict[int, RemovalKind] = {-1: "other"}
    return [hint_at(place, containers, known) for place in places]


def hint_at(place: int, containers: Sequence[Container], known: dict[int, RemovalKind]) -> RemovalKind:
    """The same for one place; `known` are those that were found before, and it is found for all elements on the way."""
    if place in known:
        return known[place]
    way = []
    while place not in known:
        way.append(place)
        container = containers[place]
        if own := hint_of(container.tag, container.names):
            known[place] = own
        else:
            place = container.parent
    known.update(dict.fromkeys(way, known[place]))
    return known[place]


@lru_cache(maxsize=20_000)
def hint_of(tag: str, names: str) -> RemovalKind | None:
    """What one element suggests.

    >>> hint_of("div", "c-relatedBox"), hint_of("nav", ""), hint_of("p", "story")
    ('related', 'navigation', None)
    """
    return next((KIND_OF_WORD[word] for word in name_words(names) if word in KIND_OF_WORD), KIND_OF_TAG.get(tag))
