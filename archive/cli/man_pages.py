"""Manual pages, made from the commands' own help: one page a command, as `man` reads them (man(7)).

click-man makes such pages too, but cuts summaries at 45 characters, leaves out examples and exit codes, and does not see commands
that are imported when they are called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version

import click

from archive.cli.exit_codes import EXIT_HELP
from archive.cli.options import ExampleCommand


def man_pages(main: click.Context) -> Iterator[tuple[str, str]]:
    """The name and content of each page: of the program, of its groups and of their commands."""
    for context in contexts(main):
        yield f"{page_name(context)}.1", man_page(context)


def contexts(context: click.Context) -> Iterator[click.Context]:
    """A context, and those of all commands below it. The help of an option needs one."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from contexts(click.Context(command, info_name=name, parent=context))


def page_name(context: click.Context) -> str:
    """The name of a page: `cuttings-sources-check`."""
    return context.command_path.replace(" ", "-")


def man_page(context: click.Context) -> str:
    """The page of one command, in the macros of man(7)."""
    command, name = context.command, page_name(context)
    summary, _, rest = (command.help or "").partition("\n")
    lines = [f'.TH {quoted(name.upper())} 1 "" "Cuttings {escaped(version("cuttings"))}" "Cuttings"']
    lines += [".SH NAME", rf"{escaped(name)} \- {escaped(summary.rstrip('.'))}"]
    usage = escaped(" ".join(command.collect_usage_pieces(context)))
    lines += [".SH SYNOPSIS", f".B {escaped(context.command_path)}", usage]
    lines += [".SH DESCRIPTION", *paragraphs(f"{summary}\n{rest}")]
    options = [option for option in command.get_params(context) if isinstance(option, click.Option)]
    records = [record for option in options if (record := option.get_help_record(context))]
    if records:
        lines += [".SH OPTIONS", *(line for names, text in records for line in item(names, text))]
    if isinstance(command, click.Group):
        lines += [".SH COMMANDS", *(line for row in summaries(context, command) for line in item(*row))]
    if isinstance(command, ExampleCommand) and command.example:
        lines += [".SH EXAMPLES", ".nf", *(escaped(line.strip()) for line in command.example.splitlines()), ".fi"]
    lines += [".SH EXIT STATUS", *paragraphs(EXIT_HELP.removeprefix("Exit codes: "))]
    if parent := context.parent:
        lines += [".SH SEE ALSO", f".BR {escaped(page_name(parent))} (1)"]
    return "\n".join(lines) + "\n"


def summaries(context: click.Context, group: click.Group) -> Iterator[tuple[str, str]]:
    """The commands of a group, each with its page and the first line of its help."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{page_name(context)}-{name}(1)", (command.help or "").partition("\n")[0]


def item(term: str, text: str) -> Iterator[str]:
    """A term in bold with its text."""
    yield ".TP"
    yield f".B {escaped(term)}"
    yield from (escaped(line) for line in text.splitlines() if line.strip())


def paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a help text, each with its macro."""
    for paragraph in re.split(r"\n\s*\n|\n(?=\b)", text.strip()):
        yield ".PP"
        yield from (escaped(line.strip()) for line in paragraph.splitlines() if line.strip("\b "))


def quoted(text: str) -> str:
    """A text as one argument of a macro."""
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    r"""A text in which no character is a command of the formatter.

    >>> print(escaped(".venv/bin -o C:\\x"))
    \&.venv/bin \-o C:\ex
    """
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain
