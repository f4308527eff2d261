"""Output of `show` for an article, its removals and its revisions: text, or dictionaries for JSON."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from archive.ledger.restore import Entry, Ledger, read_ledger
from archive.output.export import markdown
from archive.output.rows import article_row
from archive.output.text_choice import DEFAULT, TextChoice
from archive.store.archive import Archive
from archive.store.columns import iso
from archive.store.decisions import paragraphs
from archive.store.records import Revision, StoredArticle

ORIGIN_NOTES: Final = {
    "reextract": "  extracted again from the stored page",
    "restore": "  block restored or removed by hand",
}
"""Notes on revisions that no fetch made, by origin."""

ASIDE_KINDS: Final = frozenset({"caption", "correction", "note", "embed"})
"""Kinds of blocks that are printed below the text when they are not in it."""


def show_text(stored: StoredArticle, choice: TextChoice = DEFAULT) -> str:
    """The article for reading: title, site, authors and date, text, then the blocks beside the text."""
    article = stored.article
    kinds = choice.kinds(article, title=True)
    about = [article.site, ", ".join(article.authors), iso(article.published) if article.published else ""]
    title = [article.title or "(no title)"] if "title" in kinds else []
    parts = [*title, " · ".join(part for part in about if part), article.url]
    if article.contributors:
        parts.append(f"With {', '.join(article.contributors)}")
    if stored.verdict != "ok":
        parts.append(f"Extraction: {stored.verdict}")
    if stored.duplicate_of:
        parts.append(f"The same text as article {stored.duplicate_of}")
    if stored.saved_at or stored.saved_tags:
        when = f"Saved {iso(stored.saved_at)}" if stored.saved_at else "Saved"
        parts.append(f"{when} under {', '.join(stored.saved_tags)}" if stored.saved_tags else when)
    if stored.starred_at:
        parts.append(f"Starred {iso(stored.starred_at)}")
    if stored.reader_tags:
        parts.append(f"Your tags: {', '.join(stored.reader_tags)}")
    if stored.reader_note:
        parts.append(f"Your note: {stored.reader_note}")
    aside = [
        f"[{block.kind}] {block.text}"
        for block in article.blocks
        if block.kind in ASIDE_KINDS - kinds - choice.left_out
    ]
    return "\n\n".join(["\n".join(parts), article.text_of(kinds - {"title"}), *aside])


def article_markdown(stored: StoredArticle, choice: TextChoice = DEFAULT) -> str:
    """The article as `export` writes it in Markdown."""
    return markdown(stored, choice)


def show_removed(ledger: Ledger) -> str:
    """One line for each removed block: number, kind, reason and text. The last line names the version of Cuttings."""
    return show_entries(ledger, ledger.entries)


def show_chrome(ledger: Ledger) -> str:
    """Like `show_removed`, with the blocks outside of the article after the others."""
    return show_entries(ledger, (*ledger.entries, *ledger.outside))


def show_entries(ledger: Ledger, entries: Sequence[Entry]) -> str:
    """Lines of a ledger's entries, and the version of Cuttings."""
    if not entries:
        return "no block was removed"
    width = max(len(entry.removal.rule_id) for entry in entries)
    lines = [removed_line(entry, width=width) for entry in entries]
    return "\n".join(
        [
            *lines,
            "",
            f"(by {f'Cuttings {ledger.extractor}' if ledger.extractor else 'an earlier version of Cuttings'}, rules {ledger.rules_hash})",
        ]
    )


def removed_line(entry: Entry, *, width: int) -> str:
    """A removed block as one line. A plus marks a restored block."""
    gone = entry.removal
    mark = "+" if entry.restore else " "
    return f"{entry.number:>3} {mark} {gone.kind:<10}  {gone.rule_id:<{width}}  {' '.join(gone.text.split())}"


def show_history(revisions: Sequence[Revision]) -> str:
    """Each revision with the time it was seen, and its added (+) and removed (-) paragraphs."""
    first = revisions[0]
    parts = [f"revision 1  {iso(first.seen_at)}  {first.title}"]
    for before, after in pairwise(revisions):
        cause = ORIGIN_NOTES.get(after.origin, "")
        head = f"revision {after.number}  {iso(after.seen_at)}  {after.title}  (+{after.added} -{after.removed}){cause}"
        changes = [f"{sign} {text}" for sign, text in differences(before, after)]
        parts.append("\n".join([head, *changes]))
    return "\n\n".join(parts)


def differences(before: Revision, after: Revision) -> Iterator[tuple[str, str]]:
    """Removed (-) and added (+) paragraphs in reading order, after a changed headline."""
    old, new = paragraphs(before.text), paragraphs(after.text)
    if before.title != after.title:
        yield from (("-", before.title), ("+", after.title))
    for tag, start, stop, new_start, new_stop in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from (("-", text) for text in old[start:stop])
            yield from (("+", text) for text in new[new_start:new_stop])


def removed_json(ledger: Ledger) -> list[dict[str, Any]]:
    """The ledger, one dictionary per removal."""
    return entries_json(ledger, ledger.entries)


def chrome_json(ledger: Ledger) -> list[dict[str, Any]]:
    """The ledger with the chrome; `outside` marks its blocks."""
    entries = (*ledger.entries, *ledger.outside)
    rows = entries_json(ledger, entries)
    return [row | {"outside": entry.outside} for row, entry in zip(rows, entries, strict=True)]


def entries_json(ledger: Ledger, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Entries of a ledger as dictionaries."""
    return [
        {
            "number": entry.number,
            "rule": entry.removal.rule_id,
            "stage": entry.removal.stage,
            "kind": entry.removal.kind,
            "position": entry.removal.position,
            "text": entry.removal.text,
            "restored": entry.restore is not None,
            "extractor": ledger.extractor,
            "rules_hash": ledger.rules_hash,
        }
        for entry in entries
    ]


def history_json(revisions: Sequence[Revision]) -> list[dict[str, Any]]:
    """The revisions with their texts, oldest first."""
    return [
        {
            "revision": revision.number,
            "seen_at": iso(revision.seen_at),
            "title": revision.title,
            "added": revision.added,
            "removed": revision.removed,
            "origin": revision.origin,
            "extractor": revision.extractor,
            "text": revision.text,
        }
        for revision in revisions
    ]


Part = tuple[Callable[[Archive, StoredArticle], Any], Callable[[Any], str], Callable[[Any], Any]]


def article_part(choice: TextChoice) -> Part:
    """The reader and the printers for the article itself."""
    return (
        lambda archive, stored: stored,
        lambda stored: show_text(stored, choice),
        lambda stored: article_row(stored, choice),
    )


PARTS: Final[dict[str, Part]] = {
    "removed": (lambda archive, stored: read_ledger(archive, stored.id), show_removed, removed_json),
    "chrome": (lambda archive, stored: read_ledger(archive, stored.id), show_chrome, chrome_json),
    "history": (lambda archive, stored: archive.revisions(stored.id), show_history, history_json),
}
"""For each part beside the article: its reader, its printer for text and its printer for JSON."""
