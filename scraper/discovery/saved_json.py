"""The entries of a JSON file of saved pages: a list, or a tree of folders and collections, or a line of JSON for each.

wallabag, linkding, Omnivore, Pinboard and Raindrop write a list, or an object that holds one; Firefox, Chrome, Linkwarden and
Karakeep trees. An entry is an object with an address. What lies within an entry, or beside a name, is no page: a picture, a site.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

ADDRESS_WITHIN: Final = ("content", "canonical", "alternate")
"""Keys of an entry whose address is in an object, or a list of objects, of its own: Karakeep, Inoreader."""
FOLDER_NAMES: Final = ("title", "name")
"""Keys of an object that holds entries: the name of a folder."""
PARTS: Final = frozenset(
    "alternate annotations attachments authors canonical enclosures highlights images media pictures tags".split()
)
"""Keys of lists that belong to one entry, whatever addresses they hold."""
FOLDER_MARK: Final = " \u2013 "


def json_of(text: str) -> Any:
    """The value of a text, or the list of its lines' values. Raises `ValueError`, `RecursionError`."""
    try:
        return json.loads(text)
    except ValueError as exc:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise
        try:
            return [json.loads(line) for line in lines]
        except ValueError:
            raise exc from None


def entries(found: Any, address_keys: Collection[str]) -> Iterator[dict[str, Any]]:
    """The entries in a value, in their order, with keys in lower case; `folder` names the objects around one that has none."""
    rest: list[tuple[Any, tuple[str, ...]]] = [(without_outer_address(found, address_keys), ())]
    while rest:
        value, folders = rest.pop()
        if isinstance(value, list):
            rest += [(item, folders) for item in reversed(value)]
        elif isinstance(value, Mapping):
            row = row_of(value, address_keys)
            if has_address(row, address_keys):
                yield {**row, "folder": row.get("folder") or FOLDER_MARK.join(folders)}
                continue
            name = next((row[key] for key in FOLDER_NAMES if isinstance(row.get(key), str) and row[key]), "")
            holds_only = all(isinstance(item, Mapping) for item in row.values())
            inner = [item for item in row.values() if holds_only or not has_address(item, address_keys)]
            rest += [(item, (*folders, name) if name else folders) for item in reversed(inner)]


def without_outer_address(found: Any, address_keys: Collection[str]) -> Any:
    """The lists of entries in an object that has an address too, as that of the service; any other value itself.

    >>> without_outer_address({"url": "https://a.test/export", "items": [{"url": "https://b.test/1"}]}, ["url"])
    [[{'url': 'https://b.test/1'}]]
    >>> without_outer_address({"url": "https://b.test/1", "images": [{"url": "https://b.test/1.jpg"}]}, ["url"])["url"]
    'https://b.test/1'
    """
    if not isinstance(found, Mapping) or not has_address(row := row_of(found, address_keys), address_keys):
        return found
    embedded = row.get("_embedded")  # wallabag's interface
    items = (embedded if isinstance(embedded, Mapping) else row).items()
    lists = [item for key, item in items if isinstance(item, list) and key not in PARTS]
    return [
        item for item in lists if any(has_address(row_of(one, address_keys), address_keys) for one in item)
    ] or found


def row_of(value: Any, address_keys: Collection[str]) -> dict[str, Any]:
    """An object with its keys in lower case, and with its address; empty for another value."""
    items = value.items() if isinstance(value, Mapping) else ()
    return with_address({str(key).lower(): item for key, item in items}, address_keys)


def has_address(value: Any, address_keys: Collection[str]) -> bool:
    """Whether a value is an object with an address."""
    return isinstance(value, Mapping) and any(isinstance(value.get(key), str) for key in address_keys)


def with_address(row: dict[str, Any], address_keys: Collection[str]) -> dict[str, Any]:
    """The entry with the address that one of its own objects has."""
    for key in ADDRESS_WITHIN:
        own = row.get(key)
        first: Any = own[0] if isinstance(own, list) and own else own
        if has_address(first, address_keys) and not has_address(row, address_keys):
            return {**first, **row}
    return row
