"""The output of `clean`: a document's article, or every block with its reason, in one of its formats.

What only some formats need is imported by the function that needs it: a page is cleaned in less time than explanations take
to load.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from archive.cli.clean_input import Document, InputKind, is_address, read_target, target_name
from archive.cli.exit_codes import print_error
from archive.cli.output_files import check_free, new_file
from archive.output.article import text_of, to_json
from archive.output.text_choice import DEFAULT, TextChoice

if TYPE_CHECKING:
    from scraper.extraction.explain import Explanation
    from scraper.rules.ruleset import RuleSet
    from scraper.types import Extraction

Form = Literal["text", "markdown", "json", "jsonl", "html"]
"""Formats of the output; `html` is for explanations only."""


@dataclass(frozen=True, slots=True)
class CleanRequest:
    """How documents are read and printed. `url` is the address of a document that is not fetched."""

    kind: InputKind = "auto"
    form: Form = "text"
    explained: bool = False
    allow_private: bool = False
    allow_hosts: tuple[str, ...] = ()
    output: Path | None = None
    force: bool = False
    choice: TextChoice = DEFAULT
    url: str = ""

    def url_of(self, target: str) -> str:
        """The document's URL; an empty string when it has none."""
        return target if is_address(target) else self.url


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is printed of a document: lines, which are few but may hold many lines of text; why there is no article, or
    nothing; and the summary of an explanation, or nothing.
    """

    lines: list[str]
    complaint: str = ""
    summary: str = ""

    @property
    def text(self) -> str:
        """The lines without colours, as a file holds them."""
        return "".join(f"{click.unstyle(line)}\n" for line in self.lines).encode(errors="replace").decode()


def print_clean(target: str, request: CleanRequest, rules: RuleSet) -> bool:
    """Prints a document's article; returns whether it has one. Raises `InputError`, `FetchError`."""
    if request.output:
        check_free(request.output, force=request.force)
    given = read_target(
        target, request.kind, url=request.url, allow_private=request.allow_private, allow_hosts=request.allow_hosts
    )
    cleaned = clean_document(target, given, request, rules)
    write_lines(request, cleaned)
    if cleaned.summary:
        click.echo(cleaned.summary, err=True)
    if cleaned.complaint:
        print_error(f"{target_name(target)}: {cleaned.complaint}")
    return not cleaned.complaint


def clean_document(target: str, given: Document, request: CleanRequest, rules: RuleSet) -> Cleaned:
    """A document's article or explanation, ready to be printed."""
    summary = ""
    if request.explained:
        from archive.output.explain_text import explain_summary

        explanation = explain_document(given, rules)
        extraction = explanation.extraction
        lines = explanation_lines(target, request, explanation, rules)
        summary = explain_summary(explanation)
    else:
        extraction = extract_document(given, rules)
        lines = article_lines(target, request, extraction)
    if extraction.article is not None:
        return Cleaned(lines, summary=summary)
    evidence = "; ".join(extraction.quality.evidence)
    reason = f"{extraction.quality.verdict}{f' ({evidence})' if evidence else ''}"
    return Cleaned(lines, f"no article text found: {reason}", summary)


def write_lines(request: CleanRequest, cleaned: Cleaned) -> None:
    """Prints lines, or writes them to the output file."""
    if request.output:
        with new_file(request.output, is_text=True, force=request.force) as out:
            out.write(cleaned.text)
        return
    for line in cleaned.lines:
        click.echo(line, color=False if os.environ.get("NO_COLOR") else None)


def article_lines(target: str, request: CleanRequest, extraction: Extraction) -> list[str]:
    """The lines to print of an extraction."""
    if request.form in {"json", "jsonl"}:
        from archive.output.rows import document

        return [json_of(target, request, document(extraction, url=request.url_of(target), choice=request.choice))]
    if extraction.article is None:
        return []
    if request.form == "text":
        return [text_of(extraction.article, request.choice)]
    from archive.output.markdown import markdown_of

    return [markdown_of(extraction.article, request.choice)]


def json_of(target: str, request: CleanRequest, found: dict[str, Any]) -> str:
    """A document as JSON; in a line of its own, it has its name as `id`, as `clean --jsonl` has."""
    return to_json({"id": target_name(target), **found}) if request.form == "jsonl" else to_json(found, indent=1)


def explanation_lines(target: str, request: CleanRequest, explanation: Explanation, rules: RuleSet) -> list[str]:
    """The lines to print of an explanation."""
    if request.form == "html":
        from archive.output.explain_html import explain_page  # Jinja2 takes a tenth of a second to import

        return [explain_page(explanation, rules.rules, source=target_name(target))]
    from archive.output.explain_text import as_rows, explain_lines
    from archive.output.rows import document

    if request.form in {"json", "jsonl"}:
        shown = document(explanation.extraction, url=request.url_of(target), choice=request.choice)
        return [json_of(target, request, {**shown, **as_rows(explanation)})]
    return explain_lines(explanation, terminal=sys.stdout.isatty() and request.output is None)


def extract_document(given: Document, rules: RuleSet) -> Extraction:
    """The extraction of a document."""
    if given.kind == "html":
        from scraper.extraction.extract import extract

        return extract(given.page, rules)
    from scraper.extraction.plain_text import extract_text
    from scraper.html.encoding import decode

    return extract_text(decode(given.page), rules, url=given.page.url)


def explain_document(given: Document, rules: RuleSet) -> Explanation:
    """The extraction of a document, with the reason of each block."""
    from scraper.extraction.explain import explain, explain_text
    from scraper.extraction.extract import extract_scored
    from scraper.extraction.plain_text import extract_text
    from scraper.html.encoding import decode

    if given.kind == "html":
        return explain(extract_scored(given.page, rules))
    return explain_text(extract_text(decode(given.page), rules, url=given.page.url))
