"""Source lists on disk: feeds added at the end of one without a touch to what is there, and feeds taken out as OPML."""

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
from scraper.types import Source
from scraper.urls.canonical import site_of
from scraper.urls.variants import canonical_or_empty, page_key

HEAD: Final = """# Sources for `cuttings scrape`. What else can be written here: cuttings sources check --help, and the README.

[defaults]
# user_agent = "my-archive (+https://example.org/contact)"   # say who you are: operators like to know
delay = 1.0       # seconds between two requests to one host
max_pages = 25    # new pages from one source in one run
"""
UNNAMED: Final = re.compile(r"[^\w.]+")
MAX_NAME_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class Added:
    """What an import did: the sources it added, and how many feeds the list had already."""

    sources: tuple[Source, ...]
    known: int


def add_feeds(path: Path, outlines: Sequence[Outline]) -> Added:
    """Adds feeds to a source list, which is made when there is none; what stands in it stays as it is, byte for byte.

    The file is replaced whole or not at all. Raises `ConfigError` for a list that cannot be loaded or written.
    """
    path = path.resolve()  # through a link, not over it
    text = read_text(path) if path.exists() else HEAD
    before = sources_in(text, path.name)
    known = {page_key(canonical_or_empty(url)) for source in before for url in source.urls}
    fresh = [outline for outline in outlines if page_key(outline.url) not in known]
    names = {source.name for source in before}
    blocks = []
    for outline in fresh:
        name = free_name(outline, names)
        names.add(name)
        blocks.append(source_block(name, outline))
    if blocks:
        whole = text + ("" if text.endswith("\n") or not text else "\n") + "".join(blocks)
        loaded = parse_sources(whole, origin=path.name)
        write_whole(path, whole)
        return Added(loaded.sources[len(before) :], len(outlines) - len(fresh))
    return Added((), len(outlines) - len(fresh))


def sources_in(text: str, origin: str) -> tuple[Source, ...]:
    """The sources of a list, which may have none yet, only defaults or remarks. Raises `ConfigError`."""
    try:
        if "source" not in tomllib.loads(text):
            return ()
    except tomllib.TOMLDecodeError:
        pass  # told of below, with its line
    return parse_sources(text, origin=origin).sources


def read_text(path: Path) -> str:
    """The text of a list. Raises `ConfigError`."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path.name}: not a text file in UTF-8") from exc
    except OSError as exc:
        raise ConfigError(f"{path.name}: {exc.strerror or exc}") from exc


def write_whole(path: Path, text: str) -> None:
    """Puts a text in a file's place. Raises `ConfigError`."""
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
    """The process's mask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def free_name(outline: Outline, taken: set[str]) -> str:
    """A name for a source that no other has, from its title or its site.

    >>> free_name(Outline("The Daily – World!", "https://a.test/feed"), {"the-daily-world"})
    'the-daily-world-2'
    """
    name = UNNAMED.sub("-", outline.title.lower()).strip("-._")[:MAX_NAME_CHARS].strip("-._")
    name = name or UNNAMED.sub("-", site_of(outline.url))
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(other for other in numbered if other not in taken)


def source_block(name: str, outline: Outline) -> str:
    """The table of one feed; its folder as a remark, since a source list has none."""
    folder = "".join(char if char.isprintable() else " " for char in outline.folder)
    remark = f"   # {folder}" if folder else ""
    return f'\n[[source]]\nname = {toml_text(name)}{remark}\nkind = "feed"\nurl = {toml_text(outline.url)}\n'


def toml_text(text: str) -> str:
    """A basic string of TOML; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def export_opml(loaded: SourceList, *, at: datetime) -> str:
    """The list's feeds as OPML. Headers, cookies and conditions stay at home: OPML has no place for them."""
    feeds = [
        Outline(source.name, canonical_or_empty(source.urls[0])) for source in loaded.sources if source.kind == "feed"
    ]
    return write_opml(feeds, title="Sources of Cuttings", at=at)
