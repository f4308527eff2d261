"""The command group `sources`: `list`, `check`, `add`, `import` and `export` (OPML)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from archive.cli.exit_codes import SOME_FAILED, UNREACHED, Commands, print_error
from archive.cli.options import ALLOW_HOST, DELAY, JSON, ONLY, OUTPUT, PRIVATE, VERBOSE, ExampleCommand
from archive.cli.output_files import FORCE, new_file
from archive.cli.printing import JsonForm, print_json
from archive.output.article import counted, iso, one_line, printable
from scraper.errors import UNREACHABLE_KINDS, InputError, ParseError

if TYPE_CHECKING:
    from scraper.crawl.source_check import CheckResult
    from scraper.discovery.opml import Outline
    from scraper.sources.source_list import Defaults
    from scraper.types import Source

LIST = click.argument("path", type=click.Path(path_type=Path), default="sources.toml", metavar="[SOURCES.toml]")
TO = click.option(
    "--to",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default="sources.toml",
    show_default=True,
    help="Source list to append to; a missing one is created.",
)


@click.group(cls=Commands)
def sources() -> None:
    """Add, list and check sources, import and export feeds."""


@sources.command("list", cls=ExampleCommand, example="cuttings sources list sources.toml")
@LIST
@JSON
def list_sources(path: Path, as_json: JsonForm) -> None:
    """Print the sources of a list: name, kind and address.

    With --json every setting of each source is printed, with defaults filled in. Times are in seconds.
    """
    from scraper.sources.source_list import load_sources

    loaded = load_sources(path)
    if as_json:
        print_json([as_row(source, loaded.defaults) for source in loaded.sources], as_json)
        return
    width = max(len(source.name) for source in loaded.sources)
    for source in loaded.sources:
        more = f" and {len(source.urls) - 1} more" if len(source.urls) > 1 else ""
        click.echo(one_line(printable(f"{source.name:<{width}}  {source.kind:<7}  {source.urls[0]}{more}")))


def as_row(source: Source, defaults: Defaults) -> dict[str, Any]:
    """A source for JSON, with defaults filled in. Headers and cookies show their names only: the values are secret."""
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
@VERBOSE
@JSON
def check(path: Path, as_json: JsonForm, **options: Any) -> None:
    """Read each source once and show what it gives.

    No article is fetched. Exit code 1 means that a source is broken.

    A source list is a TOML file. [defaults], all optional: delay, per_host, user_agent, max_pages, max_time, revisit, since,
    honour, proxy, allow_hosts. Each [[source]]: name, kind (feed, sitemap, section, urls), url or urls; and optional: include,
    exclude, since, max_pages, pages, delay, revisit, honour, full_text, render, headers, cookies, allow_hosts.
    seeds/sources.toml has an example of each.
    """
    from archive.cli.source_check import check_list, print_checked

    checked = check_list(path, **options)
    print_checked(checked, as_json=as_json)
    if code := check_code(checked):
        raise SystemExit(code)


def check_code(checked: list[CheckResult]) -> int:
    """The exit code: no source could be reached, or some source is broken."""
    if checked and all(one.error in UNREACHABLE_KINDS for one in checked):
        return UNREACHED
    return SOME_FAILED if any(one.broken for one in checked) else 0


@sources.command(
    "add",
    cls=ExampleCommand,
    example="""cuttings sources add https://news.example/
    cuttings sources add news.example post.example/sport --to papers.toml""",
)
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@TO
@DELAY
@PRIVATE
@ALLOW_HOST
@VERBOSE
@JSON
def add(urls: tuple[str, ...], path: Path, as_json: JsonForm, **options: Any) -> None:
    """Find the feed or sitemap of a site, and add it to a list.

    A home page will do. The feed that the page announces is tried first, then the sitemaps of the site, then the page's own
    links. What gives articles is appended to the source list, whose existing text stays unchanged. Exit code 1 means that
    an address gave nothing.
    """
    from archive.cli.run_plan import RunOptions
    from archive.cli.source_adding import find_sources, renamed, write_found
    from archive.cli.source_check import as_row as row_of_check
    from archive.cli.source_check import lines_of

    given = RunOptions(per_host=None, jobs=1, rules_paths=(), quiet=True, as_json=as_json, **options)
    found = find_sources(urls, path, given)
    added = write_found(path, found, allow_hosts=given.allow_hosts)
    missing = [one for one in found if one.found is None]
    shown = [one.found for one in renamed(found, added) if one.found]
    if as_json:
        failed = [{"url": one.url, "detail": one.reason} for one in missing]
        rows = [row_of_check(one) for one in shown]
        print_json({"added": rows, "known": added.known, "failed": failed, "list": str(path)}, as_json)
    else:
        for line in (line for one in shown for line in lines_of(one)):
            click.echo(one_line(printable(line)).rstrip())
    for one in missing:
        print_error(f"{one.url}: no feed, sitemap or page with links was found ({one.reason})")
    known = f"; {counted(added.known, 'source')} already in the list" if added.known else ""
    click.echo(f"added {counted(len(shown), 'source')} to {path}{known}", err=True)
    if missing:
        raise SystemExit(UNREACHED if all(one.unreachable for one in found) else SOME_FAILED)


@sources.command(
    "import",
    cls=ExampleCommand,
    example="""cuttings sources import feeds.opml --to sources.toml
    curl -s URL | cuttings sources import - --to sources.toml""",
)
@click.argument("opml", type=click.File("rb"), metavar="FILE.opml|-")
@TO
@JSON
def import_(opml: BinaryIO, path: Path, as_json: JsonForm) -> None:
    """Import your reader's feeds from an OPML file.

    The feeds are appended to the source list; its existing text stays unchanged.
    """
    from archive.cli.source_files import add_feeds

    outlines, unused = read_outlines(opml)
    added = add_feeds(path, outlines)
    names = [source.name for source in added.sources]
    if as_json:
        print_json({"added": names, "known": added.known, "unused": unused, "list": str(path)}, as_json)
    notes = [f"added {counted(len(names), 'feed')} to {path}"]
    if added.known:
        notes.append(f"skipped {counted(added.known, 'feed')} already in the list")
    if unused:
        notes.append(f"skipped {counted(unused, 'outline')} without an address")
    click.echo("; ".join(notes), err=True)


def read_outlines(opml: BinaryIO) -> tuple[tuple[Outline, ...], int]:
    """The feeds of an OPML file, and the number of outlines without an address. Raises `InputError`."""
    from scraper.discovery.links import MAX_BYTES
    from scraper.discovery.opml import parse_opml

    try:
        return parse_opml(opml.read(MAX_BYTES + 1))
    except ParseError as exc:
        raise InputError(f"{getattr(opml, 'name', 'standard input')}: {exc}") from exc


@sources.command("export", cls=ExampleCommand, example="cuttings sources export sources.toml --output feeds.opml")
@LIST
@OUTPUT
@FORCE
def export(path: Path, output: Path | None, force: bool) -> None:
    """Export the feeds of a list as OPML 2.0, for any feed reader."""
    from archive.cli.source_files import export_opml
    from scraper.sources.source_list import load_sources, utc_now

    text = export_opml(load_sources(path), at=utc_now())
    if output is None:
        click.echo(text, nl=False)
    else:
        with new_file(output, is_text=True, force=force) as out:
            out.write(text)
