"""Reading lists of `add --from`: read from disk, and what is printed of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from archive.output.article import counted
from scraper.discovery.reading_lists import ReadingList, parse_reading_list
from scraper.discovery.saved_link import SavedLink, merged
from scraper.errors import InputError, ParseError
from scraper.fetch.addresses import is_local_name
from scraper.urls.canonical import DEFAULT_PORTS, spellings
from scraper.urls.variants import page_key

if TYPE_CHECKING:
    from archive.cli.run_plan import RunOptions


@dataclass(frozen=True, slots=True)
class ListFile:
    """A reading list on disk. `private` counts its links to private addresses, which are left out of `links`."""

    path: Path
    read: ReadingList
    links: tuple[SavedLink, ...]
    private: int

    def counts(self) -> dict[str, Any]:
        """The counts for `--json`."""
        return {
            "file": str(self.path),
            "format": self.read.format,
            "links": len(self.links),
            "duplicates": self.read.duplicates,
            "not_web": self.read.not_web,
            "private": self.private,
        }

    def line(self) -> str:
        """The counts for people."""
        left_out = (
            (self.read.duplicates, "repeated"),
            (self.read.not_web, "not http or https"),
            (self.private, "private (--allow-private fetches them)"),
        )
        parts = [f"{number:,} {what}" for number, what in left_out if number]
        return f"{self.path}: {self.read.format}, {'; '.join([counted(len(self.links), 'link'), *parts])}"


def read_lists(paths: Sequence[Path], options: RunOptions) -> tuple[ListFile, ...]:
    """The reading lists at these paths. Raises `InputError`, naming the file."""
    return tuple(read_list(path, options) for path in paths)


def read_list(path: Path, options: RunOptions) -> ListFile:
    """The reading list at a path. Raises `InputError`."""
    try:
        read = parse_reading_list(path.read_bytes())
    except OSError as exc:
        raise InputError(
            f"{path}: the file cannot be read ({exc.strerror}); name a file that another program exported"
        ) from exc
    except ParseError as exc:
        raise InputError(f"{path}: {exc}") from exc
    links = tuple(link for link in read.links if options.allow_private or not is_private(link.url, options.allow_hosts))
    return ListFile(path, read, links, len(read.links) - len(links))


def is_private(url: str, allow_hosts: Sequence[str]) -> bool:
    """Whether an address is private by its spelling, and none of the hosts that may be. A name is resolved when it is fetched."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return is_local_name(host) and set(allow_hosts).isdisjoint(
        spellings(host, parts.port or DEFAULT_PORTS[parts.scheme])
    )


def all_links(lists: Iterable[ListFile]) -> tuple[SavedLink, ...]:
    """The links of all lists, each page once."""
    found: dict[str, SavedLink] = {}
    for link in (link for one in lists for link in one.links):
        key = page_key(link.url)
        found[key] = merged(found[key], link) if key in found else link
    return tuple(found.values())


def states_line(states: Mapping[str, int]) -> str:
    """What became of the pages of a run's lists, for people.

    >>> states_line({"archived": 1200, "failed": 3, "gone": 0, "refused": 0, "waiting": 7})
    'of 1,210 links: 1,200 archived, 3 failed, 7 waiting for `cuttings scrape`, or for this command again'
    """
    texts = {
        "archived": "archived",
        "failed": "failed",
        "gone": "gone",
        "refused": "refused by robots.txt or their publishers",
        "waiting": "waiting for `cuttings scrape`, or for this command again",
    }
    parts = [f"{states[state]:,} {text}" for state, text in texts.items() if states[state]]
    return f"of {counted(sum(states.values()), 'link')}: {', '.join(parts)}"
