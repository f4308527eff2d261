"""The output of `clean`: a document's article, or every block with its reason, in one of four formats."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click

from archive.cli.clean_input import Document, InputKind, is_address, read_target, target_name
from archive.cli.exit_codes import print_error
from archive.cli.output_files import check_free, new_file
from archive.output.article import text_of, to_json
from archive.output.explain_text import as_rows, explain_lines, explain_summary
from archive.output.markdown import markdown_of
from archive.output.rows import document
from archive.output.text_choice import DEFAULT, TextChoice
from scraper.extraction.explain import Explanation, explain, explain_text
from scraper.extraction.extract import extract, extract_scored
from scraper.extraction.plain_text import extract_text
from scraper.html.encoding import decode
from scraper.rules.ruleset import RuleSet
from scraper.types import Extraction

Form = Literal["text", "markdown", "json", "html"]
"""Formats of the output; `html` is for explanations only."""


@dataclass(frozen=True, slots=True)
class CleanRequest:
    """One call of `clean`: the document to read, its format, and how it is printed."""

    target: str
    kind: InputKind = "auto"
    form: Form = "text"
    explained: bool = False
    allow_private: bool = False
    allow_hosts: tuple[str, ...] = ()
    output: Path | None = None
    force: bool = False
    choice: TextChoice = DEFAULT

    @property
    def url(self) -> str:
        """The document's URL; an empty string when it has none."""
        return self.target if is_address(self.target) else ""


def print_clean(request: CleanRequest, rules: RuleSet) -> bool:
    """Prints a document's article; returns whether it has one. Raises `InputError`, `FetchError`."""
    if request.output:
        check_free(request.output, force=request.force)
    given = read_target(
        request.target, request.kind, allow_private=request.allow_private, allow_hosts=request.allow_hosts
    )
    if request.explained:
        explanation = explain_document(given, rules)
        extraction = explanation.extraction
        write_lines(request, explanation_lines(request, explanation, rules))
        click.echo(explain_summary(explanation), err=True)
    else:
        extraction = extract_document(given, rules)
        write_lines(request, article_lines(request, extraction))
    if extraction.article is None:
        evidence = "; ".join(extraction.quality.evidence)
        reason = f"{extraction.quality.verdict}{f' ({evidence})' if evidence else ''}"
        print_error(f"{target_name(request.target)}: no article text found: {reason}")
    return extraction.article is not None


def write_lines(request: CleanRequest, lines: list[str]) -> None:
    """Prints lines, or writes them to the output file."""
    if request.output:
        text = "".join(f"{click.unstyle(line)}\n" for line in lines)
        with new_file(request.output, is_text=True, force=request.force) as out:
            out.write(text.encode(errors="replace").decode())
        return
    for line in lines:
        click.echo(line, color=False if os.environ.get("NO_COLOR") else None)


def article_lines(request: CleanRequest, extraction: Extraction) -> list[str]:
    """The lines to print of an extraction."""
    if request.form == "json":
        return [to_json(document(extraction, url=request.url, choice=request.choice), indent=1)]
    if extraction.article is None:
        return []
    write = text_of if request.form == "text" else markdown_of
    return [write(extraction.article, request.choice)]


def explanation_lines(request: CleanRequest, explanation: Explanation, rules: RuleSet) -> list[str]:
    """The lines to print of an explanation."""
    if request.form == "html":
        from archive.output.explain_html import explain_page  # Jinja2 takes a tenth of a second to import

        return [explain_page(explanation, rules.rules, source=target_name(request.target))]
    if request.form == "json":
        shown = document(explanation.extraction, url=request.url, choice=request.choice)
        return [to_json({**shown, **as_rows(explanation)}, indent=1)]
    return explain_lines(explanation, terminal=sys.stdout.isatty() and request.output is None)


def extract_document(given: Document, rules: RuleSet) -> Extraction:
    """The extraction of a document."""
    if given.kind == "html":
        return extract(given.page, rules)
    return extract_text(decode(given.page), rules, url=given.page.url)


def explain_document(given: Document, rules: RuleSet) -> Explanation:
    """The extraction of a document, with the reason of each block."""
    if given.kind == "html":
        return explain(extract_scored(given.page, rules))
    return explain_text(extract_text(decode(given.page), rules, url=given.page.url))
