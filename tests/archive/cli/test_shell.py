"""Completion in real shells, and manual pages as the formatter of the system reads them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from archive.cli.main import COMMANDS, main
from archive.cli.man_pages import contexts
from tests.support import ROOT
from tests.support.commands import run

ASK = {
    "bash": 'source <(cuttings completion bash); COMP_WORDS=(cuttings {words}); COMP_CWORD={last}; _cuttings_completion cuttings "" ""; '
    'printf "%s\\n" "${{COMPREPLY[@]}}"',
    "zsh": "autoload -U compinit; compinit -u; compdef() {{ }}; compadd() {{ }}; _describe() {{ print -l -- $completions_with_descriptions }}; "
    "source <(cuttings completion zsh); words=(cuttings {words}); CURRENT={last}+1; _cuttings_completion",
    "fish": 'cuttings completion fish | source; complete -C "cuttings {words}"',
}
"""Programs of each shell that print how it would complete the last word."""


def complete(shell: str, words: str, folder: Path) -> list[str]:
    """The completions of the last word."""
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    program = tools / "cuttings"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m archive "$@"\n')
    program.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
    }
    code = ASK[shell].format(words=words, last=words.count(" ") + 1)
    done = subprocess.run([shell, "-c", code], env=environment, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", ASK)
def test_a_shell_completes_commands_and_options(shell: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    found = complete(shell, "re", tmp_path)
    assert {line.split("\t")[0].split(":")[0] for line in found} == {"reextract", "restore"}
    assert any(line.startswith("--max-pages") for line in complete(shell, "scrape --max-p", tmp_path))


def test_the_summaries_of_commands_are_completed_without_loading_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(main), "get_command", lambda *_: pytest.fail("a command was loaded"))
    found = main.shell_complete(click.Context(main), "sc")
    assert [(item.value, item.help) for item in found] == [("scrape", COMMANDS["scrape"][1])]


def test_every_command_has_a_manual_page_that_can_be_read(tmp_path: Path) -> None:
    assert run("man", "-o", str(tmp_path)).exit_code == 0
    pages = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert pages.keys() == {
        f"{context.command_path.replace(' ', '-')}.1"
        for context in contexts(click.Context(main, info_name="cuttings", **main.context_settings))
    }
    assert run("man", "sources", "check").stdout == pages["cuttings-sources-check.1"]
    for name, text in pages.items():
        assert r".B \-h, \-\-help" in text
        assert ".SH EXAMPLES" in text or name in {"cuttings.1", "cuttings-rules.1", "cuttings-sources.1"}
        if shutil.which("groff"):
            read = subprocess.run(["groff", "-ww", "-man", "-Tutf8"], input=text, capture_output=True, text=True)
            assert (read.returncode, read.stderr) == (0, ""), name


def test_pages_that_exist_are_replaced_only_if_forced(tmp_path: Path) -> None:
    run("man", "-o", str(tmp_path))
    assert run("man", "-o", str(tmp_path)).exit_code == 0
    (tmp_path / "cuttings.1").write_text("mine")
    refused = run("man", "-o", str(tmp_path))
    assert (refused.exit_code, (tmp_path / "cuttings.1").read_text()) == (2, "mine")
    assert "replace it with --force" in refused.stderr
    assert run("man", "-o", str(tmp_path), "--force").exit_code == 0


def test_a_command_that_does_not_exist_has_no_page() -> None:
    refused = run("man", "scrap")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "there is no command 'scrap'" in refused.stderr
