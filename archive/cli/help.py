"""The command `help`: the help page of any command, as its own `--help` prints it."""

from __future__ import annotations

import click

from archive.cli.options import ExampleCommand


@click.command(
    "help",
    cls=ExampleCommand,
    example="""cuttings help export
    cuttings help sources check""",
)
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def show_help(context: click.Context, words: tuple[str, ...]) -> None:
    """Show the help of a command.

    Without a command it lists all commands.
    """
    shown = context.find_root()
    for number, word in enumerate(words):
        group = shown.command
        if not isinstance(group, click.Group):
            raise click.UsageError(f"{' '.join(words[:number])!r} has no commands of its own")
        name, command, _ = group.resolve_command(shown, [word])
        assert command is not None
        shown = click.Context(command, info_name=name, parent=shown)
    click.echo(shown.get_help())
