"""Removal kinds by the names of elements."""

from __future__ import annotations

import pytest

from scraper.blocks.columns import ContainerColumns
from scraper.scoring.class_hints import kind_around
from scraper.types import RemovalKind


def nested(*elements: tuple[str, str]) -> ContainerColumns:
    """Elements with their tags and names, each within the one before."""
    tags, names = zip(*elements, strict=True)
    return ContainerColumns(tags, names, tuple(range(-1, len(tags) - 1)))


@pytest.mark.parametrize(
    ("elements", "kind"),
    [
        ([("body", ""), ("div", "related-stories"), ("p", "")], "related"),
        # the nearest element decides
        ([("body", ""), ("div", "related-stories"), ("div", "newsletter-box"), ("p", "")], "newsletter"),
        ([("body", ""), ("div", "related-stories"), ("div", "story-text"), ("p", "")], "related"),
        # names before the tag of the same element, a tag before names further out
        ([("body", ""), ("footer", "cookie-bar")], "consent"),
        ([("body", "promo"), ("footer", ""), ("p", "")], "navigation"),
        # nothing suggests a kind, up to the outermost element
        ([("body", ""), ("div", "story-text"), ("p", "")], "other"),
        ([("body", "")], "other"),
        ([("body", "page ads"), ("p", "")], "ad"),
    ],
)
def test_the_nearest_element_that_suggests_a_kind_decides(elements: list[tuple[str, str]], kind: RemovalKind) -> None:
    assert kind_around(nested(*elements), len(elements) - 1, {}) == kind


def test_kinds_found_once_serve_the_elements_inside() -> None:
    containers = nested(("body", ""), ("div", "tags"), ("ul", ""), ("li", ""))
    known: dict[int, RemovalKind] = {}
    assert kind_around(containers, 3, known) == "tags"
    assert known == {3: "tags", 2: "tags", 1: "tags"}
    # a kind that is known is not asked for again
    assert kind_around(containers, 2, {1: "legal"}) == "legal"
    assert kind_around(containers, 0, known) == "other"
    assert known[0] == "other"
