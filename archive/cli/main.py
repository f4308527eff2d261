"""The command line: arguments in, printing and exit codes out. What a command does stands in the module it calls.

Standard output carries data only; everything else goes to standard error. Our errors are one line, `cuttings: ...`.
Modules are imported by the command that needs them, so that `--help` comes at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.cli.alarms import alarms
from archive.cli.exit_codes import EXIT_HELP, SOME_FAILED, Commands
from archive.cli.learn import learn
from archive.cli.ledger import restore, stats
from archive.cli.maintenance import backup, check, prune, vacuum
from archive.cli.options import (
    ALLOW_HOST,
    CORES,
    DB,
    DELAY,
    JOBS,
    JSON,
    PER_HOST,
    PRIVATE,
    QUIET,
    RULES,
    ExampleCommand,
    QueryCommand,
    end,
    moment,
    seconds,
)
from archive.cli.reextract import reextract
from archive.cli.sources import sources as sources_group

if TYPE_CHECKING:
    from archive.cli.clean import Form, InputKind
    from archive.store.archive import Archive


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_HELP)
@click.version_option(package_name="cuttings", message="%(prog)s %(version)s")
def main() -> None:
    """Scrape news articles, strip what is not the article, archive the rest in SQLite."""


# --- one document -------------------------------------------------------------------------------------------------


@main.command(
    "clean",
    cls=ExampleCommand,
    example="""cuttings clean page.html
    curl -s URL | cuttings clean --explain
    cuttings clean --explain --html --output why.html page.html
    cuttings clean --jsonl < pages.jsonl > articles.jsonl""",
)
@click.argument("target", metavar="[FILE|URL|-]", default="-")
@click.option(
    "--input",
    "kind",
    type=click.Choice(["auto", "html", "text"]),
    default="auto",
    show_default=True,
    help="What goes in.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="What comes out.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Show every block of the page: kept, removed or outside, by which rule or score, and what weighed.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--html",
    "as_html",
    is_flag=True,
    help="With --explain: one page that shows the article with what was removed struck through.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file to write to.  [default: standard output]"
)
@click.option("--jsonl", is_flag=True, help='A document a line, {"id", "url", "html" or "text"}, in and out.')
@JOBS
@RULES
@PRIVATE
@ALLOW_HOST
def clean_(
    target: str, kind: InputKind, form: Form, jsonl: bool, jobs: int, rules_paths: tuple[Path, ...], **options: Any
) -> None:
    """Strip one document: a page or dirty text in, clean text out. No archive is touched."""
    from archive.cli import clean, clean_jsonl
    from archive.cli.rules import chosen_rules

    as_json, as_html = options.pop("as_json"), options.pop("as_html")
    if as_html and (as_json or form != "text" or not options["explain"]):
        raise click.UsageError("--html goes with --explain, and without --json and --format")
    if jsonl:
        if as_json or form != "text" or kind != "auto" or options["explain"] or options["output"]:
            raise click.UsageError("--jsonl goes with neither --explain, --format, --json, --input nor --output")
        done = clean_jsonl.print_jsonl(target, jobs=jobs, rules_paths=rules_paths)
    else:
        printed: Form = "html" if as_html else "json" if as_json else form
        done = clean.print_clean(clean.CleanRequest(target, kind, printed, **options), chosen_rules(rules_paths))
    if not done:
        raise SystemExit(SOME_FAILED)


# --- into the archive ---------------------------------------------------------------------------------------------


@main.command(cls=ExampleCommand, example="cuttings scrape sources.toml --db news.db -q")
@click.argument("sources", type=click.Path(path_type=Path), default="sources.toml")
@DB
@DELAY
@PER_HOST
@click.option("--max-pages", type=click.IntRange(1), help="Pages to ask for at most; the rest waits for the next run.")
@click.option(
    "--max-time", type=seconds, metavar="TIME", help="Stop after 90s, 10m or 2h; the rest waits for the next run."
)
@click.option("--only", multiple=True, metavar="NAME", help="Read only this source; may be given again.")
@PRIVATE
@ALLOW_HOST
@JOBS
@RULES
@QUIET
@JSON
def scrape(sources: Path, path: Path, **options: Any) -> None:
    """Read the sources, fetch what is new, strip it and archive it: the cron job.

    Articles are looked at again for edits (revisit), pages that `add` was given too, unless --only names others ("add" names
    them). Those of a source that no longer stands in the list are kept, and its site is left alone.
    """
    from archive.cli.scrape import Options, scrape_sources

    raise SystemExit(scrape_sources(sources, path, Options(**options)))


@main.command(cls=ExampleCommand, example="cuttings add https://example.com/a-story.html")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@DB
@DELAY
@PER_HOST
@PRIVATE
@ALLOW_HOST
@RULES
@QUIET
@JSON
def add(urls: tuple[str, ...], path: Path, **options: Any) -> None:
    """Fetch single pages and archive them, each now, whether or not it was before. `scrape` looks at them again for edits."""
    from archive.cli.scrape import Options, add_urls

    raise SystemExit(add_urls(urls, path, Options(jobs=min(CORES, len(urls)), **options)))


# --- out of the archive -------------------------------------------------------------------------------------------


@main.command(
    cls=QueryCommand,
    example="""cuttings search raqqa offensive --since 2016-10
    cuttings search tide -wall
    cuttings search '"tide wall" site:courier.example since:2026-11' --recent""",
)
@click.argument("words", nargs=-1, required=True, metavar="QUERY")
@DB
@click.option("--site", help="Only this site, such as example.com.")
@click.option("--since", type=moment, metavar="DATE", help="Published then or later.")
@click.option("--until", type=end, metavar="DATE", help="Published before then, or on that day.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Hits at most.")
@click.option("--recent", is_flag=True, help="Newer articles first, unless others match far better.")
@JSON
def search(words: tuple[str, ...], path: Path, recent: bool, **options: Any) -> None:
    """Find articles, best first, with snippets. Any text is a query; words must all occur.

    A query can hold "words side by side", -without, site:example.com, author:quill, title:wall, since:2026-11 and
    before:2026-12-24. In scripts without spaces any part of a sentence is found.
    """
    from datetime import UTC, datetime

    from archive.cli.read import print_hits

    query = " ".join(words)
    if not query.strip():
        raise click.UsageError("the query is empty")
    with opened(path) as archive:
        print_hits(archive, query, recent=datetime.now(UTC) if recent else None, **options)


@main.command(cls=ExampleCommand, example="cuttings show 12 --removed")
@click.argument("article", metavar="ARTICLE|URL")
@DB
@click.option("--removed", "part", flag_value="removed", help="What was stripped from it, and by which rule.")
@click.option("--html", "part", flag_value="html", help="The page as it was fetched.")
@click.option("--history", "part", flag_value="history", help="Its revisions.")
@JSON
def show(article: str, path: Path, part: str | None, as_json: bool) -> None:
    """Print one article, by its number or any of its addresses."""
    from archive.cli.read import print_article

    if part == "html" and as_json:
        raise click.UsageError("--html is printed as it is; leave out --json")
    with opened(path) as archive:
        print_article(archive, article, part=part or "article", as_json=as_json)


@main.command(cls=ExampleCommand, example="cuttings export --format jsonl | jq -r .title")
@DB
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "markdown", "csv"]),
    default="jsonl",
    show_default=True,
    help="What to write.",
)
@click.option("--since", type=moment, metavar="DATE", help="Published then or later.")
@click.option("--site", help="Only this site.")
@click.option("--query", help="Only what this search finds.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="A file; or a folder, for a file an article: one that exists or a name without a suffix.  [default: standard output]",
)
def export(path: Path, **options: Any) -> None:
    """Write articles out, one after the other, however many there are."""
    from archive.cli.read import print_export

    with opened(path) as archive:
        print_export(archive, **options)


@main.command(cls=ExampleCommand, example="cuttings serve --open")
@DB
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to serve on. Any but this machine's own opens the archive to the network.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="Port; 0 takes a free one."
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="With --host: a further host name to answer to; may be given again.",
)
@click.option("--open", "browse", is_flag=True, help="Open it in a browser.")
def serve(path: Path, host: str, port: int, names: tuple[str, ...], browse: bool) -> None:
    """Look at the archive in Datasette: pages for reading, searching and its health. On this machine only by default."""
    from archive.cli.read import serve_archive
    from archive.web.server import Place

    serve_archive(path, Place(host, port, names), browse=browse)


@main.command(cls=ExampleCommand, example="cuttings status --json")
@DB
@JSON
def status(path: Path, as_json: bool) -> None:
    """What the archive holds, its last run, failures by source, and alarms; exit code 1 while one is open."""
    from archive.cli.read import print_status

    with opened(path) as archive:
        well = print_status(archive, as_json=as_json)
    if not well:
        raise SystemExit(SOME_FAILED)


def opened(path: Path) -> Archive:
    """The archive, for reading. Raises `ArchiveError`."""
    from archive.store.archive import Archive

    return Archive.open(path, write=False)


# --- rules and demo -----------------------------------------------------------------------------------------------


@main.group(cls=Commands)
def rules() -> None:
    """Look at the rules that strip, and check your own."""


@rules.command("list", cls=ExampleCommand, example="cuttings rules list --kind newsletter")
@click.option("--kind", help="Only rules of this kind.")
@RULES
@JSON
def list_rules(kind: str | None, rules_paths: tuple[Path, ...], as_json: bool) -> None:
    """Print every rule: id, stage, kind, hosts and reason."""
    from archive.cli.rules import print_rules

    print_rules(rules_paths, kind=kind, as_json=as_json)


@rules.command("check", cls=ExampleCommand, example="cuttings rules check my-rules.toml")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[FILE|FOLDER]...")
def check_rules(paths: tuple[Path, ...]) -> None:
    """Check rule files, the built-in ones when none is named: each rule takes its hits and leaves its misses."""
    from archive.cli.rules import print_check

    if not print_check(paths):
        raise SystemExit(SOME_FAILED)


@main.command(cls=ExampleCommand, example="cuttings demo")
@click.option(
    "--db",
    "path",
    type=click.Path(path_type=Path),
    default="cuttings-demo.db",
    show_default=True,
    help="The archive to build anew.",
)
def demo(path: Path) -> None:
    """Show the whole thing on an embedded newsroom, in seconds, without the internet."""
    from archive.cli.demo import run_demo

    run_demo(path)


rules.add_command(stats)
for command in (restore, reextract, learn, alarms, sources_group, check, backup, vacuum, prune):
    main.add_command(command)


if __name__ == "__main__":
    sys.exit(main())
