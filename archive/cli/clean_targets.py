"""The documents that the arguments of `clean` name: files, folders, patterns and URLs, each with a place in an output folder."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path, PurePath
from typing import Final

from archive.cli.clean_input import is_address
from scraper.errors import InputError

SUFFIXES: Final = frozenset({".html", ".htm", ".xhtml", ".shtml", ".txt", ".text"})
"""Files that a folder is searched for, in any case."""
MAX_NAME_CHARS: Final = 120
"""Characters of a file name that is made of a URL. Most file systems take 255 bytes."""
STDIN: Final = "-"


@dataclass(frozen=True, slots=True)
class Target:
    """A document by its path, its URL, or `-`. `place` is its path in an output folder, without the suffix of the output."""

    name: str
    place: PurePath


def names_one(words: tuple[str, ...]) -> bool:
    """Whether the arguments name one document, which is printed alone."""
    return len(words) == 1 and (is_address(words[0]) or words[0] == STDIN or not is_several(words[0]))


def is_several(word: str) -> bool:
    """Whether an argument is a folder or a pattern."""
    try:
        return Path(word).is_dir() or (glob.has_magic(word) and not Path(word).exists())
    except (OSError, ValueError):  # a name that no file can have
        return False


def expand(words: Iterable[str], *, without: Path | None = None) -> list[Target]:
    """The documents in the order of the arguments, each once; those of a folder in the order of their names.

    Nothing in the folder `without` is taken: it holds what an earlier call wrote. Raises `InputError` for a folder or a
    pattern in which there is none.
    """
    found: dict[str, Target] = {}
    for word in words:
        targets = list(documents(word, without))
        if not targets:
            searched = (
                f"no {', '.join(sorted(SUFFIXES))} is in this folder" if Path(word).is_dir() else "no file matches"
            )
            raise InputError(f"{word}: {searched}; name files, folders, patterns or URLs")
        found |= {target.name: target for target in targets if target.name not in found}
    return placed(found.values())


def documents(word: str, without: Path | None) -> Iterator[Target]:
    """The documents that one argument names."""
    if is_address(word):
        yield Target(word, PurePath(url_stem(word)))
    elif word == STDIN:
        yield Target(word, PurePath("standard-input"))
    elif not is_several(word):
        yield Target(word, PurePath(Path(word).name))
    elif Path(word).is_dir():
        yield from in_folder(Path(word), without)
    else:
        base = fixed_part(word)
        for path in sorted(base.glob(str(Path(word).relative_to(base)))):
            if path.is_file():
                yield Target(str(path), path.relative_to(base))


def in_folder(folder: Path, without: Path | None) -> Iterator[Target]:
    """The documents in a folder and its folders."""
    for path in sorted(folder.rglob("*")):
        own = without is not None and path.resolve().is_relative_to(without.resolve())
        if path.suffix.lower() in SUFFIXES and path.is_file() and not own:
            yield Target(str(path), path.relative_to(folder))


def fixed_part(pattern: str) -> Path:
    """The folders before the first part of a pattern that is one.

    >>> str(fixed_part("site/2026/*/page-?.html"))
    'site/2026'
    """
    parts = Path(pattern).parts
    count = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:count])


def url_stem(url: str) -> str:
    """A file name for a URL.

    >>> url_stem("https://example.com/2026/11/a-story.html?page=2")
    'example.com-2026-11-a-story.html-page-2'
    """
    name = re.sub(r"[^\w.]+", "-", url.partition("://")[2]).strip("-.")
    return name[:MAX_NAME_CHARS]


def placed(targets: Iterable[Target]) -> list[Target]:
    """The targets with places that differ, also where upper and lower case are one.

    A place loses the suffix of a document (`a.html` becomes `a`), unless another target has that place.
    """
    taken: set[str] = set()
    found = []
    for target in targets:
        short = target.place.with_suffix("") if target.place.suffix.lower() in SUFFIXES else target.place
        numbered = (target.place.with_name(f"{target.place.name}-{number}") for number in range(2, 1_000_000))
        place = next(one for one in chain((short, target.place), numbered) if str(one).lower() not in taken)
        taken.add(str(place).lower())
        found.append(replace(target, place=place))
    return found
