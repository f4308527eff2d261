"""The commands `completion` and `man`: what a shell and `man` know of the other commands."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from archive.cli.options import ExampleCommand
from archive.cli.output_files import FORCE
from archive.cli.program import NAME
from scraper.errors import InputError

COMPLETE_VARIABLE: Final = "_CUTTINGS_COMPLETE"
"""The variable by which click knows that a shell asks; it follows from the program's name."""


@click.command(
    cls=ExampleCommand,
    example="""cuttings completion bash > ~/.local/share/bash-completion/completions/cuttings
    cuttings completion zsh > "${fpath[1]}/_cuttings"
    cuttings completion fish > ~/.config/fish/completions/cuttings.fish""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script by which a shell completes commands."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(context.find_root().command, {}, NAME, COMPLETE_VARIABLE).source())


@click.command(
    cls=ExampleCommand,
    example="""cuttings man -o ~/.local/share/man/man1
    cuttings man scrape | man -l -""",
)
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
@click.option(
    "-o", "--output", "folder", type=click.Path(file_okay=False, path_type=Path), help="Folder to write all pages to."
)
@FORCE
@click.pass_context
def man(context: click.Context, words: tuple[str, ...], folder: Path | None, force: bool) -> None:
    """Write the manual pages.

    Prints the page of one command, or of the program, unless --output names a folder for all pages.
    """
    from archive.cli.man_pages import man_pages
    from archive.store.new_file import write_whole

    program = context.find_root().command
    pages = dict(man_pages(click.Context(program, info_name=NAME, **program.context_settings)))
    if folder is None:
        name = "-".join((NAME, *words)) + ".1"
        if name not in pages:
            raise click.UsageError(f"there is no command {' '.join(words)!r}; `cuttings help` lists them")
        click.echo(pages[name], nl=False)
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        if not write_whole(folder / name, text.encode(), force=force):
            raise InputError(f"{folder / name}: the file exists; name another folder, or replace it with --force")
    click.echo(f"{len(pages)} pages are in {folder}", err=True)
