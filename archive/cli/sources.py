"""`cuttings sources`: look at a source list, check what its sources give, and exchange feeds as OPML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.cli.exit_codes import SOME_FAILED, UNREACHED, Commands, print_error
from archive.cli.options import ALLOW_HOST, DELAY, JSON, PRIVATE, ExampleCommand

if TYPE_CHECKING:
    from scraper.crawl.source_check import CheckResult
    from scraper.sources.source_list import Defaults
    from scraper.types import Source

LIST = click.argument("path", type=click.Path(path_type=Path), default="sources.toml", metavar="[SOURCES.toml]")
ONLY = click.option("--only", multiple=True, metavar="NAME", help="Only this source; may be given again.")


@click.group(cls=Commands)
def sources() -> None:
    """Look at a source list, check what its sources give, exchange feeds as OPML."""


@sources.command("list", cls=ExampleCommand, example="cuttings sources list sources.toml")
@LIST
@JSON
def list_sources(path: Path, as_json: bool) -> None:
    """Print the sources of a list: name, kind, address; with --json, all that holds for each, defaults filled in (times in seconds)."""
    from archive.output.article import one_line, printable, to_json
    from scraper.sources.source_list import load_sources

    loaded = load_sources(path)
    rows = loaded.sources
    if as_json:
        click.echo(to_json([as_row(source, loaded.defaults) for source in rows], indent=1))
        return
    width = max(len(source.name) for source in rows)
    for source in rows:
        more = f" and {len(source.urls) - 1} more" if len(source.urls) > 1 else ""
        click.echo(one_line(printable(f"{source.name:<{width}}  {source.kind:<7}  {source.urls[0]}{more}")))


def as_row(source: Source, defaults: Defaults) -> dict[str, Any]:
    """A source for JSON, with what holds for it by default. Of headers and cookies the names alone: their values are secrets."""
    from archive.output.article import iso
    from scraper.fetch.proxy import hide

    return {
        "name": source.name,
        "kind": source.kind,
        "urls": list(source.urls),
        "include": list(source.include),
        "exclude": list(source.exclude),
        "since": iso(source.since),
        "max_pages": source.max_pages,
        "pages": source.pages,
        "delay": float(defaults.delay if source.delay is None else source.delay),
        "per_host": defaults.per_host,
        "revisit": list(defaults.revisit if source.revisit is None else source.revisit),
        "allow_hosts": list(dict.fromkeys((*source.allow_hosts, *defaults.allow_hosts))),
        "user_agent": defaults.user_agent,
        "proxy": hide(defaults.proxy) or None,
        "honour": list(source.honour),
        "headers": [name for name, _ in source.headers],
        "cookies": [name for name, _ in source.cookies],
        "render": source.render,
        "full_text": source.full_text,
    }


@sources.command(
    "check",
    cls=ExampleCommand,
    example="""cuttings sources check sources.toml
    cuttings sources check sources.toml --only bbc-world --json""",
)
@LIST
@ONLY
@DELAY
@PRIVATE
@ALLOW_HOST
@JSON
def check(path: Path, as_json: bool, **options: Any) -> None:
    """Read each source once, fetch no article, and say what it gives. Exit code 1 when a source is broken.

    A source list is a TOML file. [defaults], all optional: delay, per_host, user_agent, max_pages, max_time, revisit, since,
    honour, proxy, allow_hosts. Each [[source]]: name, kind (feed, sitemap, section, urls), url or urls; and optional: include,
    exclude, since, max_pages, pages, delay, revisit, honour, full_text, render, headers, cookies, allow_hosts.
    seeds/sources.toml has an example of each.
    """
    from archive.cli.source_check import check_list, print_checked

    checked = check_list(path, **options)
    print_checked(checked, as_json=as_json)
    if code := code_of(checked):
        raise SystemExit(code)


def code_of(checked: list[CheckResult]) -> int:
    """The exit code: nothing could be reached, or some source is broken."""
    from scraper.errors import UNREACHABLE_KINDS

    if checked and all(one.error in UNREACHABLE_KINDS for one in checked):
        return UNREACHED
    return SOME_FAILED if any(one.broken for one in checked) else 0


@sources.command(
    "import",
    cls=ExampleCommand,
    example="""cuttings sources import feeds.opml --to sources.toml
    curl -s URL | cuttings sources import - --to sources.toml""",
)
@click.argument("opml", type=click.File("rb"), metavar="FILE.opml|-")
@click.option(
    "--to",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default="sources.toml",
    show_default=True,
    help="The source list to add to; it is made when there is none.",
)
@JSON
def import_(opml: Any, path: Path, as_json: bool) -> None:
    """Add the feeds of an OPML file to a source list. What stands in the list stays as it is."""
    from archive.cli.source_files import add_feeds
    from archive.output.article import counted, to_json
    from scraper.discovery.links import MAX_BYTES
    from scraper.discovery.opml import parse_opml
    from scraper.errors import InputError, ParseError

    try:
        outlines, unused = parse_opml(opml.read(MAX_BYTES + 1))
    except ParseError as exc:
        raise InputError(f"{getattr(opml, 'name', 'standard input')}: {exc}") from exc
    added = add_feeds(path, outlines)
    if as_json:
        click.echo(
            to_json(
                {
                    "added": [source.name for source in added.sources],
                    "known": added.known,
                    "unused": unused,
                    "list": str(path),
                }
            )
        )
    notes = [f"{added.known} already there"] * bool(added.known) + [
        f"{counted(unused, 'outline')} without an address left out"
    ] * bool(unused)
    print_error("; ".join([f"added {counted(len(added.sources), 'feed')} to {path}", *notes]))


@sources.command("export", cls=ExampleCommand, example="cuttings sources export sources.toml --output feeds.opml")
@LIST
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file to write to.  [default: standard output]"
)
def export(path: Path, output: Path | None) -> None:
    """Print the feeds of a list as OPML 2.0, for any feed reader."""
    from archive.cli.source_files import export_opml
    from scraper.sources.source_list import load_sources, utc_now

    text = export_opml(load_sources(path), at=utc_now())
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
