"""The command line: the table of commands, in the order in which a user meets them.

A command is a module of this folder, imported only when the command is called: `cuttings --help` needs none of them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from archive.cli.exit_codes import EXIT_HELP, Commands

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

GROUPS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "Start": {
        "demo": ("demo", "Try everything on a small built-in news site, offline."),
        "help": ("help", "Show the help of a command."),
        "completion": ("shell", "Print the script by which a shell completes commands."),
        "man": ("shell", "Write the manual pages."),
    },
    "Collect": {
        "scrape": ("scrape", "Fetch new articles from your sources, clean and archive them."),
        "add": ("scrape", "Fetch and archive single pages, or a reading list."),
        "import": ("import_captures", "Archive the pages of WARC, ARC and WACZ files."),
        "sources": ("sources", "Add, list and check sources, import and export feeds."),
        "cron-line": ("cron_line", "Print what runs a list each hour: cron, systemd, GitHub."),
    },
    "Read": {
        "search": ("search", "Search the archive."),
        "show": ("show", "Print one article, its removed blocks or its history."),
        "serve": ("serve", "Browse the archive in a web browser."),
        "mcp": ("mcp", "Let agents read the archive (MCP)."),
    },
    "Export": {
        "export": ("export", "Write articles as files that other programs read."),
        "clean": ("clean", "Clean pages or texts, without an archive."),
    },
    "Rules": {
        "rules": ("rules", "List, check and measure the rules that remove blocks."),
        "learn": ("learn", "Propose rules for boilerplate that repeats across articles."),
        "reextract": ("reextract", "Extract stored pages again with the current rules."),
        "restore": ("restore", "Put removed blocks back into an article."),
    },
    "Care": {
        "status": ("status", "Show the archive's contents, last run, failures and alarms."),
        "alarms": ("alarms", "List alarms about sources, or close them."),
        "check": ("maintenance", "Check the archive for damage."),
        "backup": ("maintenance", "Copy the archive, and check the copy."),
        "vacuum": ("maintenance", "Shrink the archive's file to what it holds."),
        "prune": ("maintenance", "Delete old raw pages, and keep their texts."),
    },
}
"""Heading → command → its module, and its summary: the first line of the command's own help."""

COMMANDS: Final = {name: row for group in GROUPS.values() for name, row in group.items()}

FUNCTIONS: Final = {"import": "import_captures", "cron-line": "cron_line", "help": "show_help"}
"""Commands whose name no function can have, or should."""


class CommandTable(Commands):
    """The commands of `GROUPS`, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command = getattr(import_module(f"archive.cli.{module}"), FUNCTIONS.get(cmd_name, cmd_name))
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        names = [name for name in COMMANDS if name.startswith(incomplete)]
        found = [CompletionItem(name, help=COMMANDS[name][1]) for name in names]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, COMMANDS))
        for heading, commands in GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), summary) for name, (_, summary) in commands.items()])


@click.group(cls=CommandTable, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_HELP)
@click.version_option(None, "-V", "--version", package_name="cuttings", message="%(prog)s %(version)s")
def main() -> None:
    """Scrape news articles, remove everything that is not the article, and archive the rest in SQLite."""


if __name__ == "__main__":
    sys.exit(main())
