"""What the commands have in common: the options that several take, and help that ends with examples."""

from __future__ import annotations

import os
from collections import deque
from datetime import datetime
from pathlib import Path
from typing import Any

import click

CORES = os.cpu_count() or 1


class ExampleCommand(click.Command):
    """A command whose help ends with examples, each on a line of its own."""

    def __init__(self, *args: Any, example: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.example:
            with formatter.section("Example" if "\n" not in self.example else "Examples"):
                for line in self.example.splitlines():
                    formatter.write_text(line.strip())
        super().format_epilog(ctx, formatter)


class QueryCommand(ExampleCommand):
    """A command whose arguments may begin with a minus, as `-word` does in a query, without a `--` before them.

    Its options have two. One that is written with a single minus is refused rather than taken for a word.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = {
            name: option for option in self.get_params(ctx) if isinstance(option, click.Option) for name in option.opts
        }
        valued = {name for name, option in named.items() if not option.is_flag}
        options: list[str] = []
        words: list[str] = []
        rest = deque(args)
        while rest:
            arg = rest.popleft()
            if arg == "--":
                words += rest
                break
            if arg.startswith("-") and f"-{arg}".partition("=")[0] in named:
                raise click.UsageError(
                    f"is {arg!r} meant for the option -{arg}? To search without that word, put it after --", ctx
                )
            if not arg.startswith("--") and arg not in named:
                words.append(arg)
                continue
            options.append(arg)
            if arg in valued:
                if not rest:
                    raise click.BadOptionUsage(arg, f"Option {arg!r} requires an argument.", ctx)
                options.append(rest.popleft())
        return super().parse_args(ctx, [*options, "--", *words])


def moment(value: str) -> datetime:
    """The beginning of a year, month or day, or a time; without a zone it is UTC."""
    return span(value)[0]


def end(value: str) -> datetime:
    """The end of a year, month or day, or a time."""
    return span(value)[1]


def span(value: str) -> tuple[datetime, datetime]:
    """From when to when a date goes, as `parse_span`. Raises `BadParameter`."""
    from archive.search.query_syntax import parse_span

    found = parse_span(value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not a date: give 2026, 2026-01, 2026-01-31 or 2026-01-31T12:00Z")
    return found


def seconds(value: str) -> float:
    """A time such as 90s, 10m, 2h or 1d, in seconds."""
    from scraper.sources.values import parse_duration

    try:
        return parse_duration(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a time like 90s, 10m or 2h") from None


def allowed_host(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """HOST or HOST:PORT, each in the form in which hosts are compared."""
    from scraper.errors import FetchError
    from scraper.fetch.addresses import parse_allow_host

    try:
        return tuple(map(parse_allow_host, values))
    except FetchError as exc:
        raise click.BadParameter(f"{exc.url!r} is not HOST or HOST:PORT") from None


DB = click.option(
    "--db", "path", type=click.Path(path_type=Path), default="archive.db", show_default=True, help="The archive."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
RULES = click.option(
    "--rules",
    "rules_paths",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Rule file or folder to add.",
)
JOBS = click.option(
    "--jobs", type=click.IntRange(1, 64), default=CORES, help="Extracting processes.  [default: one a core]"
)
PRIVATE = click.option("--allow-private", is_flag=True, help="Fetch from private and loopback addresses too.")
ALLOW_HOST = click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="HOST[:PORT]",
    callback=allowed_host,
    help="Fetch from this private host; may be given again.",
)
QUIET = click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
DELAY = click.option(
    "--delay", type=click.FloatRange(0, 3600), help="Seconds between requests to one host.  [default: 1]"
)
PER_HOST = click.option("--per-host", type=click.IntRange(1, 32), help="Requests in flight at one host.  [default: 2]")
