"""Runs a command in this process."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from archive.cli.main import main


def run(*arguments: str) -> Result:
    """The result of a command."""
    return CliRunner().invoke(main, [*arguments])


def data(*arguments: str) -> Any:
    """The JSON that a command prints."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
