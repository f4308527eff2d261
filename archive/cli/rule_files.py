"""The rule files of a command: the built-in rules, the archive's own file, and those that `--rules` names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scraper.errors import ConfigError

if TYPE_CHECKING:
    from scraper.rules.ruleset import RuleSet


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
