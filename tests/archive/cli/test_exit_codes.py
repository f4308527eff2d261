"""Each error has its exit code."""

from __future__ import annotations

from typing import Any

import pytest

from archive.cli.exit_codes import CODES, exit_code
from scraper.errors import ArchiveError, ConfigError, ExtractError, FetchError, InputError, LockedError, RuleError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 2),
        (RuleError("x"), 2),
        (InputError("x"), 2),
        (LockedError("a.db", "x"), 3),
        (ArchiveError("a.db", "x"), 5),
        (FetchError("http://x/", "dns"), 4),
        (FetchError("http://x/", "status"), 1),
        (FetchError("x", "url"), 2),
        (ExtractError("http://x/", "extract-timeout"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_each_error_has_its_exit_code(error: Any, code: int) -> None:
    assert exit_code(error) == code


def test_the_table_of_codes_covers_every_error_of_ours() -> None:
    from scraper.errors import CuttingsError

    assert CODES[-1][0] is CuttingsError
