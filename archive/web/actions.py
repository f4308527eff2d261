"""Changes that a reader makes in the pages: each a function over the archive, which gives where the reader goes next.

A star, a tag, a note or a saved search is a small transaction, also while a run writes. Restoring a block and marking one are runs
of their own, and take the archive's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from archive.ledger.by_hand import restore_by_hand
from archive.store.archive import Archive
from archive.store.lock import locked
from archive.store.reader import delete_search, save_search, set_note, set_star, set_tags
from archive.web.marking import write_mark
from archive.web.search import parse_request
from archive.web.templates import parameters
from scraper.errors import InputError

Form = Mapping[str, str]
Action = Callable[[Path, Form, datetime], str]
"""Makes a change in the archive at a path. Returns the path of the page to show next, with `said`, a key of `SAID`."""

SAID: Final = {
    "starred": "Starred. The archive’s starred articles have a feed of their own.",
    "unstarred": "The star was taken away.",
    "tags": "Tags saved.",
    "note": "Note saved.",
    "restored": "Block restored. Later runs keep it.",
    "undone": "The block was removed again.",
    "search-saved": "Search saved, with a feed of its own.",
    "search-deleted": "Saved search deleted.",
    "marked": "Rule written, and this article extracted again with it.",
    "kept": "Rule written, but this article’s text did not change: its stored page no longer gives this block, or is not kept.",
    "opened": "This browser may now restore and mark blocks, and star, tag and note articles.",
}
"""What a page says after a change. The address names the key, so that no other site can put words on a page."""


def number_in(form: Form, name: str) -> int:
    """A number of a form. Raises `InputError` if there is none."""
    text = form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InputError(f"the form has no number {name!r}; go back and load the page again")
    return int(text)


def of_article(number: int, said: str, *, removed: bool = False) -> str:
    """The path of an article's page."""
    return f"-/article/{number}{parameters(removed='1' if removed else '', said=said)}"


def star(path: Path, form: Form, at: datetime) -> str:
    number, on = number_in(form, "article"), form.get("on") == "1"
    with Archive.open(path) as archive:
        set_star(archive, number, on=on, at=at)
    return of_article(number, "starred" if on else "unstarred")


def tags(path: Path, form: Form, at: datetime) -> str:
    number = number_in(form, "article")
    with Archive.open(path) as archive:
        set_tags(archive, number, form.get("tags", ""), at=at)
    return of_article(number, "tags")


def note(path: Path, form: Form, at: datetime) -> str:
    number = number_in(form, "article")
    with Archive.open(path) as archive:
        set_note(archive, number, form.get("note", ""), at=at)
    return of_article(number, "note")


def restore(path: Path, form: Form, at: datetime) -> str:
    number, block, undo = number_in(form, "article"), number_in(form, "block"), form.get("undo") == "1"
    with locked(path), Archive.open(path) as archive:
        restore_by_hand(archive, number, (block,), undo=undo, clock=lambda: at)
    return of_article(number, "undone" if undo else "restored", removed=True)


def keep_search(path: Path, form: Form, at: datetime) -> str:
    asked = parse_request(dict(parse_qsl(form.get("search", "").lstrip("?"))))
    given = {name: value for name, value in asked.parameters.items() if value}
    with Archive.open(path) as archive:
        save_search(archive, form.get("name", ""), given, at=at)
    return f"-/search{parameters(**given, said='search-saved')}"


def drop_search(path: Path, form: Form, at: datetime) -> str:
    with Archive.open(path) as archive:
        delete_search(archive, number_in(form, "search"))
    return f"-/search{parameters(said='search-deleted')}"


def mark(path: Path, form: Form, at: datetime) -> str:
    numbers = {name: number_in(form, name) for name in ("article", "position")}
    changed = write_mark(path, numbers, form.get("kind", ""), at)
    return of_article(numbers["article"], "marked" if changed else "kept", removed=changed)


ACTIONS: Final[Mapping[str, Action]] = {
    "star": star,
    "tags": tags,
    "note": note,
    "restore": restore,
    "save-search": keep_search,
    "delete-search": drop_search,
    "mark": mark,
}
"""Changes by the last part of their address."""
