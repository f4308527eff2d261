"""Source lists on disk: appends feeds to a list and leaves its text unchanged, and exports feeds as OPML."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from scraper.discovery.opml import Outline, write_opml
from scraper.errors import ConfigError
from scraper.sources.source_list import SourceList, parse_sources
from scraper.text.toml import parse_toml
from scraper.types import Source, SourceKind
from scraper.urls.canonical import site_of
from scraper.urls.variants import canonical_or_empty, page_key

HEAD: Final = """# Sources for `cuttings scrape`. For all keys see `cuttings sources check --help` and the documentation.

[defaults]
# user_agent = "my-archive (+https://example.org/contact)"   # tells site operators who you are
delay = 1.0       # seconds between two requests to one host
max_pages = 25    # maximum number of new pages from one source in one run
"""
UNNAMED: Final = re.compile(r"[^\w.]+")
MAX_NAME_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source to append. `lines` are further keys, as TOML writes them."""

    outline: Outline
    kind: SourceKind = "feed"
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """The added sources, and the number of those that the list had already."""

    sources: tuple[Source, ...]
    known: int


def add_feeds(path: Path, outlines: Sequence[Outline]) -> Added:
    """Appends feeds to a source list: see `add_sources`."""
    return add_sources(path, [NewSource(outline) for outline in outlines])


def add_sources(path: Path, found: Sequence[NewSource]) -> Added:
    """Appends sources to a list, and creates a missing one. The existing text stays unchanged, byte for byte.

    The file is replaced as a whole or not at all. Raises `ConfigError` for a list that cannot be loaded or written.
    """
    path = path.resolve()  # replaces the file behind a symbolic link, not the link
    text = read_text(path) if path.exists() else HEAD
    before = sources_in(text, path.name)
    known = {page_key(canonical_or_empty(url)) for source in before for url in source.urls}
    fresh = [new for new in found if page_key(new.outline.url) not in known]
    names = {source.name for source in before}
    blocks = []
    for new in fresh:
        name = free_name(new.outline, names)
        names.add(name)
        blocks.append(source_block(name, new.outline, kind=new.kind, lines=new.lines))
    if blocks:
        extended = text + ("" if text.endswith("\n") or not text else "\n") + "".join(blocks)
        loaded = parse_sources(extended, origin=path.name)
        replace_file(path, extended)
        return Added(loaded.sources[len(before) :], len(found) - len(fresh))
    return Added((), len(found) - len(fresh))


def sources_in(text: str, origin: str) -> tuple[Source, ...]:
    """The sources of a list; none when it has only defaults or comments. Raises `ConfigError`."""
    try:
        if "source" not in parse_toml(text):
            return ()
    except tomllib.TOMLDecodeError:
        pass  # parse_sources reports it with its line
    return parse_sources(text, origin=origin).sources


def read_text(path: Path) -> str:
    """The text of a list. Raises `ConfigError`."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path.name}: not UTF-8 text; convert the file to UTF-8") from exc
    except OSError as exc:
        raise ConfigError(f"{path.name}: {exc.strerror or exc}") from exc


def replace_file(path: Path, text: str) -> None:
    """Replaces a file's text in one step. Raises `ConfigError`."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        if path.exists():
            shutil.copymode(path, name)
        else:
            Path(name).chmod(0o666 & ~current_umask())
        Path(name).replace(path)
    except OSError as exc:
        raise ConfigError(f"{path}: {exc.strerror or exc}") from exc


def current_umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def free_name(outline: Outline, taken: set[str]) -> str:
    """A unique name for a source, from its title or its site.

    >>> free_name(Outline("The Daily – World!", "https://a.test/feed"), {"the-daily-world"})
    'the-daily-world-2'
    """
    name = UNNAMED.sub("-", outline.title.lower()).strip("-._")[:MAX_NAME_CHARS].strip("-._")
    name = name or UNNAMED.sub("-", site_of(outline.url))
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(other for other in numbered if other not in taken)


def source_block(name: str, outline: Outline, *, kind: str = "feed", lines: Sequence[str] = ()) -> str:
    """The table of one source. Its folder becomes a comment, because source lists have no folders."""
    folder = "".join(char if char.isprintable() else " " for char in outline.folder)
    comment = f"   # {folder}" if folder else ""
    more = "".join(f"{line}\n" for line in lines)
    return f'\n[[source]]\nname = {toml_text(name)}{comment}\nkind = "{kind}"\nurl = {toml_text(outline.url)}\n{more}'


def toml_text(text: str) -> str:
    """A TOML string. JSON's escapes are valid in TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def export_opml(loaded: SourceList, *, at: datetime) -> str:
    """The list's feeds as OPML. OPML has no place for headers, cookies and filters, so they are left out."""
    feeds = [
        Outline(source.name, canonical_or_empty(source.urls[0])) for source in loaded.sources if source.kind == "feed"
    ]
    return write_opml(feeds, title="Sources of Cuttings", at=at)
