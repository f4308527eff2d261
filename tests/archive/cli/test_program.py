"""How the running program is called from the same shell, and from anywhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from archive.cli.program import program_command, program_words


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in an environment that the shell does not look into, called by a relative path."""
    script = tmp_path / ".venv" / "bin" / "cuttings"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [".venv/bin/cuttings", "demo"])
    monkeypatch.setenv("PATH", os.defpath)
    return script


def test_a_program_that_the_shell_does_not_find_is_called_by_its_path(script: Path) -> None:
    assert program_words() == ".venv/bin/cuttings"
    assert program_command() == (str(script),)


def test_a_program_that_the_shell_finds_is_called_by_its_name(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(script.parent))
    assert program_words() == "cuttings"
    assert program_command() == (str(script),)


def test_a_module_is_called_by_its_interpreter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "archive" / "__main__.py")])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert program_words() == f"{tmp_path / 'python'} -m archive"
    assert program_command() == (str(tmp_path / "python"), "-m", "archive")
