"""The command `clean`: documents in, clean text out, and with `--explain` every block with its reason. Uses no archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from archive.cli.exit_codes import SOME_FAILED
from archive.cli.options import (
    ALLOW_HOST,
    FRONT_MATTER,
    JOBS,
    PRIVATE,
    QUIET,
    RULES,
    VERBOSE,
    WITH,
    WITHOUT,
    ExampleCommand,
    form_options,
    form_with_front_matter,
    output_path,
    text_choice,
)
from archive.cli.output_files import FORCE

if TYPE_CHECKING:
    from archive.cli.clean_input import InputKind
    from archive.cli.clean_output import CleanRequest, Form


@click.command(
    cls=ExampleCommand,
    example="""cuttings clean page.html
    cuttings clean --front-matter -o notes saved-pages/
    curl -s URL | cuttings clean --url URL --explain
    cuttings clean --explain --html -o why.html page.html
    cuttings clean --with captions,notes --without tables page.html
    cuttings clean --format jsonl 'pages/**/*.html' -o articles.jsonl
    cuttings clean --jsonl < pages.jsonl > articles.jsonl""",
)
@click.argument("targets", metavar="[FILE|FOLDER|URL|-]...", nargs=-1)
@click.option(
    "--input",
    "kind",
    type=click.Choice(["auto", "html", "text", "jsonl"]),
    default="auto",
    show_default=True,
    help='Format of the input; jsonl is one document per line, {"id", "url", "html" or "text"}.',
)
@form_options("text", "markdown", "json", "jsonl", "html", notes="; html needs --explain")
@click.option("--html", "form", flag_value="html", default=None, help="Short for --format html.")
@click.option("--jsonl", "in_lines", is_flag=True, help="Short for --input jsonl --format jsonl.")
@click.option(
    "--explain",
    "explained",
    is_flag=True,
    help="Show every block of the page: kept, removed or outside the article, with its rule or score. As HTML the "
    "article is shown with removed blocks struck through.",
)
@click.option("--url", default="", metavar="URL", help="Address of the page in the file or on standard input.")
@WITH
@WITHOUT
@FRONT_MATTER
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    callback=output_path,
    help="File to write to. Of several documents, a folder gets a file for each: an existing folder, or a new name "
    "without a suffix or with a slash at its end.  [default: standard output]",
)
@FORCE
@JOBS
@RULES
@PRIVATE
@ALLOW_HOST
@QUIET
@VERBOSE
def clean(
    targets: tuple[str, ...], kind: str, form: str | None, in_lines: bool, jobs: int, rules_paths: tuple[Path, ...],
    front_matter: bool, quiet: bool, **options: Any,
) -> None:  # fmt: skip
    """Clean pages or texts, without an archive.

    Several documents are cleaned in parallel: files, the HTML and text files of folders, the files that a pattern such as
    'pages/**/*.html' finds, and URLs. One that cannot be cleaned is reported, and the exit code is 1.
    """
    words = targets or ("-",)
    choice = text_choice(options.pop("added"), options.pop("left_out"), front_matter)
    if in_lines or kind == "jsonl":
        check_lines(words, kind, form, front_matter or options.pop("explained") or options["output"] or options["url"])
        from archive.cli.clean_jsonl import print_jsonl

        complete = print_jsonl(words[0], jobs=jobs, rules_paths=rules_paths, choice=choice)
    else:
        form = form_with_front_matter(form or "text", front_matter, is_given=form is not None)
        check_form(form, explained=options["explained"], changes=choice.changes)
        from archive.cli.clean_output import CleanRequest

        request = CleanRequest(cast("InputKind", kind), cast("Form", form), choice=choice, **options)
        complete = clean_documents(words, request, jobs=jobs, rules_paths=rules_paths, quiet=quiet)
    if not complete:
        raise SystemExit(SOME_FAILED)


def clean_documents(
    words: tuple[str, ...], request: CleanRequest, *, jobs: int, rules_paths: tuple[Path, ...], quiet: bool
) -> bool:
    """Cleans one document in this process, or several in others; returns whether each gave an article."""
    from archive.cli.clean_targets import names_one

    if names_one(words) and not (request.output and request.output.is_dir()):
        from archive.cli.clean_input import is_address
        from archive.cli.clean_output import print_clean
        from archive.learning.rule_files import read_rules

        if request.url and (is_address(words[0]) or not is_address(request.url)):
            raise click.UsageError("--url is the http or https address of a page that is not fetched")
        return print_clean(words[0], request, read_rules(rules_paths))
    if request.url:
        raise click.UsageError("--url is the address of one document; of several, each line of --jsonl can name it")
    from archive.cli.clean_many import clean_many

    return clean_many(words, request, rules_paths=rules_paths, jobs=jobs, quiet=quiet)


def check_lines(words: tuple[str, ...], kind: str, form: str | None, other: object) -> None:
    """Raises `UsageError` for options that do not go with documents in lines."""
    if other or form not in {None, "jsonl"} or kind not in {"auto", "jsonl"}:
        raise click.UsageError(
            "documents in lines (--jsonl) exclude --explain, --front-matter, --url, --output and other formats"
        )
    if len(words) > 1:
        raise click.UsageError("documents in lines (--jsonl) come from one file or from standard input")


def check_form(form: str, *, explained: bool, changes: bool) -> None:
    """Raises `UsageError` for options that exclude each other."""
    if explained and changes and form not in {"json", "jsonl"}:
        raise click.UsageError("--with and --without choose what is in the text; --explain prints every block")
    if form == "html" and not explained:
        raise click.UsageError("--format html needs --explain")
    if explained and form == "markdown":
        raise click.UsageError("--explain prints text, JSON or HTML; leave out Markdown")
