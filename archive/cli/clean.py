"""The command `clean`: one document in, clean text out, and with `--explain` every block with its reason. Uses no archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.cli.exit_codes import SOME_FAILED
from archive.cli.options import (
    ALLOW_HOST,
    JOBS,
    OUTPUT,
    PRIVATE,
    RULES,
    VERBOSE,
    WITH,
    WITHOUT,
    ExampleCommand,
    text_choice,
)
from archive.cli.output_files import FORCE

if TYPE_CHECKING:
    from archive.cli.clean_input import InputKind
    from archive.cli.clean_output import Form


@click.command(
    cls=ExampleCommand,
    example="""cuttings clean page.html
    curl -s URL | cuttings clean --explain
    cuttings clean --explain --html --output why.html page.html
    cuttings clean --with captions,notes --without tables page.html
    cuttings clean --jsonl < pages.jsonl > articles.jsonl""",
)
@click.argument("target", metavar="[FILE|URL|-]", default="-")
@click.option(
    "--input",
    "kind",
    type=click.Choice(["auto", "html", "text"]),
    default="auto",
    show_default=True,
    help="Format of the input.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="Format of the output.",
)
@click.option(
    "--explain",
    "explained",
    is_flag=True,
    help="Show every block of the page: kept, removed or outside the article, with its rule or score.",
)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option(
    "--html",
    "as_html",
    is_flag=True,
    help="With --explain: an HTML page that shows the article with removed blocks struck through.",
)
@WITH
@WITHOUT
@OUTPUT
@FORCE
@click.option("--jsonl", is_flag=True, help='One document per line, {"id", "url", "html" or "text"}, in and out.')
@JOBS
@RULES
@PRIVATE
@ALLOW_HOST
@VERBOSE
def clean(
    target: str, kind: InputKind, form: Form, jsonl: bool, jobs: int, rules_paths: tuple[Path, ...], **options: Any
) -> None:
    """Clean one page or text, without an archive."""
    as_json, as_html = options.pop("as_json"), options.pop("as_html")
    choice = text_choice(options.pop("added"), options.pop("left_out"))
    if options["explained"] and choice.changes and not (as_json or form == "json"):
        raise click.UsageError("--with and --without choose what is in the text; --explain prints every block")
    if as_html and (as_json or form != "text" or not options["explained"]):
        raise click.UsageError("--html needs --explain, and excludes --json and --format")
    if jsonl:
        if as_json or form != "text" or kind != "auto" or options["explained"] or options["output"]:
            raise click.UsageError("--jsonl excludes --explain, --format, --json, --input and --output")
        from archive.cli.clean_jsonl import print_jsonl

        complete = print_jsonl(target, jobs=jobs, rules_paths=rules_paths, choice=choice)
    else:
        from archive.cli.clean_output import CleanRequest, print_clean
        from archive.cli.rule_files import read_rules

        printed: Form = "html" if as_html else "json" if as_json else form
        complete = print_clean(CleanRequest(target, kind, printed, choice=choice, **options), read_rules(rules_paths))
    if not complete:
        raise SystemExit(SOME_FAILED)
