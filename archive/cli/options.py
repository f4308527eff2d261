"""Options that several commands share, and the command class whose help ends with examples."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from archive.output.text_choice import TextChoice
    from archive.store.archive import Archive

CORES: Final = os.cpu_count() or 1


class ExampleCommand(click.Command):
    """A command whose help ends with examples, one per line."""

    def __init__(self, *args: Any, example: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.example:
            with formatter.section("Example" if "\n" not in self.example else "Examples"):
                for line in self.example.splitlines():
                    formatter.write(
                        f"{'':{formatter.current_indent}}{line.strip()}\n"
                    )  # wrapped, it could not be pasted
        super().format_epilog(ctx, formatter)


class QueryCommand(ExampleCommand):
    """A command whose words may begin with a minus (`-word` in a query), without a `--` before them.

    The long options of such a command begin with two minus signs. A long option with a single minus is refused, not taken as a word.
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
                    f"{arg!r} is ambiguous: write -{arg} for the option, or put it after -- to search without that word",
                    ctx,
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


def start_date(value: str) -> datetime:
    """The moment at which a date begins, see `date_span`."""
    return date_span(value)[0]


def end_date(value: str) -> datetime:
    """The moment at which a date ends."""
    return date_span(value)[1]


def date_span(value: str) -> tuple[datetime, datetime]:
    """The start and end of a date, see `scraper.text.date_spans`. Raises `BadParameter`."""
    from scraper.text.date_spans import DATE_FORMS, parse_span

    found = parse_span(value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not a date: give {DATE_FORMS}")
    return found


def date_options(what: str) -> Callable[..., Any]:
    """`--since`, `--until` and `--before` of what happened then. The command gets `since` and `until`, an exclusive end."""
    since = click.option(
        "--since",
        type=start_date,
        metavar="DATE",
        help=f"{what} on this date or later: a year, a month (2026-11), a day, a time, 7d (ago), yesterday.",
    )
    until = click.option(
        "--until", type=end_date, metavar="DATE", help=f"{what} on this date or earlier: all of it counts."
    )
    before = click.option("--before", type=start_date, metavar="DATE", help=f"{what} before this date begins.")

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_one_end(*args: Any, until: datetime | None, before: datetime | None, **kwargs: Any) -> Any:
            ends = [at for at in (until, before) if at is not None]
            return command(*args, until=min(ends, default=None), **kwargs)

        return since(until(before(with_one_end)))

    return decorate


def duration(value: str) -> float:
    """A time such as 90s, 10m, 2h or 1d, in seconds."""
    from scraper.text.durations import parse_duration

    try:
        return parse_duration(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a time: give 90s, 10m or 2h") from None


def allowed_hosts(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """HOST or HOST:PORT, each in the spelling in which hosts are compared."""
    if not values:
        return ()
    from scraper.errors import FetchError
    from scraper.fetch.addresses import parse_allow_host

    try:
        return tuple(map(parse_allow_host, values))
    except FetchError as exc:
        raise click.BadParameter(f"{exc.url!r} is not HOST or HOST:PORT") from None


def text_parts(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    """The kinds of blocks that `--with` or `--without` names."""
    if not values:
        return frozenset()
    from archive.output.text_choice import parse_parts

    try:
        return parse_parts(values)
    except ValueError as exc:
        raise click.BadParameter(str(exc)) from None


def text_choice(added: frozenset[str], left_out: frozenset[str], front_matter: bool = False) -> TextChoice:
    """The choice that `--with`, `--without` and `--front-matter` make together."""
    from archive.output.text_choice import PARTS, TextChoice

    if both := [name for name, kind in PARTS.items() if kind in added & left_out]:
        raise click.UsageError(f"--with and --without both name {', '.join(both)}; name each part once")
    return TextChoice(added, left_out, front_matter)


def form_with_front_matter(form: str, front_matter: bool, *, is_given: bool) -> str:
    """The form, or Markdown if front matter is wanted and no form was given. Raises `UsageError` for another form."""
    if front_matter and is_given and form != "markdown":
        raise click.UsageError(f"--front-matter stands above Markdown; leave out --format {form}")
    return "markdown" if front_matter else form


def warn_unknown_site(archive: Archive, site: str) -> None:
    """Writes a line on standard error if the archive has no article of the requested site."""
    from archive.output.article import printable
    from archive.store.connection import archive_errors
    from archive.store.sites import resolve_sites

    with archive_errors(archive.path):
        is_unknown = bool(site) and not resolve_sites(archive.db.conn, (site,)).is_known
    if is_unknown:
        message = f"--site {printable(site)}: no article is from this site; give its host or its whole name"
        click.echo(message, err=True)


def output_path(context: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    """The path to write to. A name that ends with a slash is a folder, which is made."""
    if not value:
        return None
    if value.endswith(os.sep) and not Path(value).exists():
        Path(value).mkdir(parents=True)
    return Path(value)


def show_requests(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    """Shows the requests until the command ends."""
    if value:
        from archive.cli.request_lines import show_requests as start

        context.call_on_close(start())


def chosen_json(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """The form of JSON that `--format` or `--json` chose; empty for text."""
    return "" if value in {None, "text"} else str(value)


def form_options(*forms: str, name: str = "form", notes: str = "") -> Callable[..., Any]:
    """`--format` with these forms, the first the default, and `--json` as its short form, as the parameter `name`.

    Of both options, the last in the command line holds.
    """
    callback = chosen_json if name == "as_json" else None
    short = click.option(
        "--json", name, flag_value="json", default=None, callback=callback, help="Short for --format json."
    )
    long = click.option(
        "--format",
        name,
        type=click.Choice(forms),
        callback=callback,
        help=f"Format of the output{notes}; jsonl is a line of JSON per item.  [default: {forms[0]}]",
    )
    return lambda command: long(short(command))


DB = click.option(
    "--db",
    "path",
    type=click.Path(path_type=Path, readable=False),  # whoever opens it says what is wrong, with exit code 5
    default="archive.db",
    show_default=True,
    help="Archive file.",
)
JSON = form_options("text", "json", "jsonl", name="as_json")
SITE = click.option("--site", default="", help="Only this site: a host or a site's name.")
RULES = click.option(
    "--rules",
    "rules_paths",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Further rule file or folder; may be repeated.",
)
JOBS = click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=CORES,
    help="Number of extracting processes.  [default: one per core]",
)
PRIVATE = click.option("--allow-private", is_flag=True, help="Also fetch from private and loopback addresses.")
ALLOW_HOST = click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="HOST[:PORT]",
    callback=allowed_hosts,
    help="Also fetch from this private host; may be repeated.",
)
QUIET = click.option("-q", "--quiet", is_flag=True, help="Print no progress and no summary.")
VERBOSE = click.option(
    "-v",
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=show_requests,
    help="Print each request with its status and the time it took.",
)
DELAY = click.option(
    "--delay", type=click.FloatRange(0, 3600), help="Seconds between two requests to one host.  [default: 1]"
)
PER_HOST = click.option(
    "--per-host", type=click.IntRange(1, 32), help="Maximum number of parallel requests to one host.  [default: 2]"
)
ONLY = click.option("--only", multiple=True, metavar="NAME", help="Read only this source; may be repeated.")
WITH = click.option(
    "--with",
    "added",
    multiple=True,
    metavar="PARTS",
    callback=text_parts,
    help="Also put these parts into the text, such as captions,notes,title. The parts: title, standfirst, headings, "
    "paragraphs, lists, quotes, tables, code, captions, corrections, notes, embeds.",
)
WITHOUT = click.option(
    "--without",
    "left_out",
    multiple=True,
    metavar="PARTS",
    callback=text_parts,
    help="Leave these parts out of the text, such as tables,standfirst.",
)
FRONT_MATTER = click.option(
    "--front-matter", is_flag=True, help="Markdown that begins with title, authors, date, url and tags as YAML."
)
OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write to.  [default: standard output]",
)
