"""The command that installs an extra: of the program that made the environment, and from where the package came."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scraper.extras import Installation, install_command, other_python, this_installation, tool_of

WHEEL = json.dumps({"url": "file:///a%20b/cuttings-1-py3-none-any.whl", "archive_info": {}})
GIT = json.dumps({"url": "https://git.example/c.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b"}})
EDITABLE = json.dumps({"url": "file:///src/my%20c", "dir_info": {"editable": True}})
FOLDER = json.dumps({"url": "file:///src/c", "dir_info": {}})


@pytest.mark.parametrize(
    ("how", "command"),
    [
        (Installation(), "pip install 'cuttings[mcp]'"),
        (Installation(python="/my env/bin/python"), "'/my env/bin/python' -m pip install 'cuttings[mcp]'"),
        (Installation("pip", GIT), "pip install 'cuttings[mcp] @ git+https://git.example/c.git'"),
        (Installation("pip", EDITABLE), "pip install -e '/src/my c[mcp]'"),
        (Installation("pip", FOLDER), "pip install 'cuttings[mcp] @ file:///src/c'"),
        (
            Installation("pipx", WHEEL),
            "pipx install --force 'cuttings[mcp] @ file:///a%20b/cuttings-1-py3-none-any.whl'",
        ),
        (Installation("uv tool"), "uv tool install --force 'cuttings[mcp]'"),
        (Installation("uvx"), "uvx --from 'cuttings[mcp]' cuttings"),
        (Installation("uv", python="/v/bin/python"), "uv pip install --python /v/bin/python 'cuttings[mcp]'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_command_is_that_of_the_installer(how: Installation, command: str) -> None:
    assert install_command("mcp", how) == command


@pytest.mark.parametrize(
    ("folder", "mark", "installer", "tool"),
    [
        ("pipx/venvs/cuttings", "pipx_metadata.json", "pip", "pipx"),
        ("pipx/venvs/cuttings", "pipx_metadata.json", "uv", "pipx"),
        ("uv/tools/cuttings", "uv-receipt.toml", "uv", "uv tool"),
        ("cache/uv/archive-v0/Qd3", "", "uv", "uvx"),
        ("project/.venv", "", "uv", "uv"),
        ("project/.venv", "", "pip", "pip"),
        ("archive-v0/.venv", "", "pip", "pip"),
        ("project/.venv", "", "", "pip"),
    ],
)
def test_the_tool_is_known_by_what_it_leaves(tmp_path: Path, folder: str, mark: str, installer: str, tool: str) -> None:
    environment = tmp_path / folder
    environment.mkdir(parents=True)
    if mark:
        (environment / mark).touch()
    assert tool_of(environment, installer) == tool


def test_a_pip_of_another_environment_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip = tmp_path / "bin" / "pip"
    pip.parent.mkdir()
    pip.write_text("#!/bin/sh\n")
    pip.chmod(0o755)
    monkeypatch.setenv("PATH", str(pip.parent))
    assert other_python(tmp_path, "pip") == ""
    assert other_python(tmp_path / "mine", "pip") == sys.executable
    assert other_python(tmp_path, "pipx") == ""


def test_a_new_environment_of_pip_is_told_by_its_own_python(tmp_path: Path) -> None:
    code = (
        "from scraper.extras import *; print(install_command('mcp', Installation(python=this_installation().python)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"{sys.executable} -m pip install ")


def test_this_installation_is_known() -> None:
    assert this_installation().tool in {"pip", "uv", "pipx", "uv tool", "uvx"}
