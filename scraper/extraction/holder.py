"""The element that holds the article: what lies outside of it is chrome.

The holder is the innermost `article` around all of the kept text; else the innermost `article` or `main` around the lowest
element that holds nearly all of it; without one, that element itself. All text in the holder belongs to the article's ledger.

Old and careless pages put menus, rails and footer into the same element as the article. A holder is *page-wide* if it
is no `article` and holds most of the page's text that is not kept. Its branches (children without kept text) are then judged
one by one: a branch of links, and a block in an element that is named or tagged as furniture (`nav`, `footer`,
`sidebar`, `comments`, `related`), are outside. So a page's menus stay chrome, and a lost closing paragraph does not.

Beside a kept block, in the element that holds it directly, no text is chrome, whatever the holder is. Neither is text
between the first and the last kept block; `strip.region` adds what surrounds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from scraper.blocks.columns import columns_of, container_columns_of
from scraper.blocks.model import Container, PageBlock, PageBlocks
from scraper.blocks.positions import positions_of
from scraper.rules.thresholds import share
from scraper.scoring.class_hints import kind_of_element

MIN_HELD_SHARE: Final = share("MIN_HELD_SHARE")
MIN_WIDE_SHARE: Final = share("MIN_WIDE_SHARE")
MIN_BRANCH_LINK_SHARE: Final = share("MIN_BRANCH_LINK_SHARE")

HOLDER_TAGS: Final = frozenset({"article", "main"})
"""Elements that hold an article whole, if the page has them."""
FURNITURE_TAGS: Final = frozenset({"nav", "footer", "header", "aside", "form", "dialog", "menu"})
"""Elements of a page-wide holder that are no part of the article, if no block in them is kept."""


def find_held(page: PageBlocks, kept: Sequence[int], *, body: Sequence[int]) -> frozenset[int]:
    """Positions of the blocks that the article's element holds, and of those beside a kept block; none without a kept one.

    The holder is the element of the blocks of the body, if there are any: a standfirst may stand above the article's element.
    """
    if not kept:
        return frozenset()
    homes = find_homes(page)
    own = {homes[position] for position in kept}
    holder = find_holder(page, homes, body or kept)
    last = int(positions_of(page).last[holder])
    inside = {position for position, home in enumerate(homes) if holder <= home <= last}
    if is_page_wide(page, holder, inside, kept):
        inside -= find_furniture(page, holder, inside, kept)
    return frozenset(inside.union(position for position, home in enumerate(homes) if home in own))


def find_homes(page: PageBlocks) -> list[int]:
    """For each block the element in which it stands beside its neighbours: the parent of a paragraph.

    The home of bare text between `<br>` is the element around it, which holds more than this text.
    """
    at = columns_of(page)
    shared = set(container_columns_of(page).parents)
    if len(set(at.container)) < len(at.container):
        shared.update(place for place, blocks in Counter(at.container).items() if blocks > 1)
    return [place if place in shared else max(box, 0) for place, box in zip(at.container, at.box, strict=True)]


def find_holder(page: PageBlocks, homes: Sequence[int], kept: Sequence[int]) -> int:
    """The element that holds the article, as the index of its container."""
    chars, (tags, _, parents) = columns_of(page).chars, container_columns_of(page)
    held = [0] * len(parents)
    for position in kept:
        held[homes[position]] += chars[position]
    total = sum(held)
    for place in range(len(held) - 1, 0, -1):  # children come after their parents
        if held[place]:
            held[parents[place]] += held[place]
    needed = MIN_HELD_SHARE * total
    around = [place for place, within in enumerate(held) if within >= needed]
    whole = next((place for place in reversed(around) if held[place] == total and tags[place] == "article"), None)
    if whole is not None:
        return whole
    return next((place for place in climb(page.containers, around[-1]) if tags[place] in HOLDER_TAGS), around[-1])


def climb(containers: Sequence[Container], place: int) -> Iterator[int]:
    """An element and its ancestors, innermost first."""
    while place >= 0:
        yield place
        place = containers[place].parent


def is_page_wide(page: PageBlocks, holder: int, inside: set[int], kept: Sequence[int]) -> bool:
    """Whether an element holds the site's menus too: it is no `article`, and most of the other text is in it."""
    if page.containers[holder].tag == "article":
        return False
    chars = columns_of(page).chars
    others = sum(chars) - sum([chars[position] for position in kept])
    within = sum([chars[position] for position in inside.difference(kept)])
    return within >= MIN_WIDE_SHARE * others


def find_furniture(page: PageBlocks, holder: int, inside: set[int], kept: Sequence[int]) -> set[int]:
    """Positions of the blocks in a page-wide holder that belong to the site and not to the article."""
    with_text = {place for position in kept for place in climb(page.containers, page.blocks[position].container)}
    branches: dict[int, list[PageBlock]] = {}
    found: set[int] = set()
    for position in inside.difference(kept):
        block = page.blocks[position]
        path = [place for place in climb(page.containers, block.container) if place > holder]
        branch = next((place for place in reversed(path) if place not in with_text), None)
        if branch is None:
            continue
        branches.setdefault(branch, []).append(block)
        if any(is_furniture(page.containers[place]) for place in path if place >= branch):
            found.add(position)
    for blocks in branches.values():
        if sum(block.link_chars for block in blocks) >= MIN_BRANCH_LINK_SHARE * sum(
            len(block.text) for block in blocks
        ):
            found.update(block.position for block in blocks)
    return found


def is_furniture(container: Container) -> bool:
    """Whether an element's tag or names say that it is no part of an article."""
    return container.tag in FURNITURE_TAGS or kind_of_element(container.tag, container.names) is not None
