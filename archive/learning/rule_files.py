"""The rule files of a command: the built-in rules, the archive's own file, and those that `--rules` names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scraper.errors import ConfigError

if TYPE_CHECKING:
    from archive.learning.proposals import Proposal
    from scraper.rules.ruleset import RuleSet


HEADER: Final = """\
# Rules for the archive beside this file: `cuttings learn` proposed them, or a reader marked a block. `scrape`, `add` and
# `reextract` read this file; for `clean` name it with --rules. You may change and delete rules.
"""


def read_rules(paths: Sequence[Path]) -> RuleSet:
    """The built-in rules and those of files and folders. Raises `ConfigError`."""
    with file_errors(paths):
        if paths:
            from scraper.extraction.rule_check import load_checked  # checks need the reader of blocks

            return load_checked(*paths)
        from scraper.rules.loader import built_in_rules

        return built_in_rules()


def rule_paths(archive: Path, further: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The archive's own rule file, if there is one, and further files."""
    from archive.store.file_access import check_access  # the store loads sqlite-utils, which `clean` does not need

    check_access(archive)
    own = own_rules_path(archive)
    return (*([own] if own.is_file() else []), *further)


def own_rules_path(archive: Path) -> Path:
    """The rule file of an archive, whether or not it exists: `news.rules.toml` beside `news.db`."""
    return archive.with_name(f"{archive.stem}.rules.toml")


@contextmanager
def file_errors(paths: Sequence[Path]) -> Iterator[None]:
    """Turns an unreadable file into a `ConfigError`."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as exc:
        place = getattr(exc, "filename", None) or ", ".join(map(str, paths))
        raise ConfigError(f"{place}: {getattr(exc, 'strerror', None) or 'not UTF-8 text'}") from exc


def toml_lines(proposals: Sequence[Proposal]) -> Iterator[str]:
    """The proposals as lines of a rule file."""
    from archive.learning.proposals import as_toml

    for proposal in proposals:
        yield from as_toml(proposal)
        yield ""


def append_rules(path: Path, proposals: Sequence[Proposal]) -> None:
    """Appends rules to a file: all of them or none. The new file is loaded and checked before it replaces the old one."""
    import tempfile  # loads a tenth of what `clean` needs besides

    before = path.read_text(encoding="utf-8").rstrip("\n") + "\n" if path.exists() else HEADER
    text = before + "\n" + "\n".join(toml_lines(proposals))
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        made = Path(folder) / path.name
        made.write_text(text, encoding="utf-8")
        read_rules((made,))
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(path)
