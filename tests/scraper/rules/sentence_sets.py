"""Sentences of articles that use the words of boilerplate, and lines of boilerplate, in the languages that rules serve.

`sentences/LANGUAGE.tsv` holds rows of kind, phrase, how the sentence goes on, and a plain sentence with the words as its
subject. From the phrase and what follows come two more forms: the phrase in quotation marks, and as reported speech.
`more.tsv` has the language before each row. `lines.tsv` holds boilerplate: language, kind, `a` for a line that is all link,
text. Each text stands between running paragraphs, on a page or in a dirty text.

    python -m tests.scraper.rules.sentence_sets [--all]      the shares of false removals and of lines that are left
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

from scraper import built_in_rules
from scraper.extraction.plain_text import extract_text
from scraper.types import Extraction
from tests.gate.pages import load_pages
from tests.support.pages import document, extract_html

FOLDER: Final = Path(__file__).with_name("sentences")
FORMS: Final = ("plain", "quoted", "reported")
MARKS: Final = {
    "de": "„“",
    "cs": "„“",
    "pl": "„”",
    "hu": "„”",
    "ro": "„”",
    "ja": "「」",
    "zh": "“”",
    "he": "„”",
} | dict.fromkeys(("fr", "it", "es", "pt", "ru", "uk", "ar", "no", "el"), "«»")
"""Quotation marks by language; elsewhere “ and ”."""
MIN_PARAGRAPH_CHARS: Final = {"ja": 60, "zh": 60, "ko": 80}


class Sentence(NamedTuple):
    """A sentence that an article may hold, in one of `FORMS`, with the kind of boilerplate that it resembles."""

    language: str
    kind: str
    form: str
    text: str


class Line(NamedTuple):
    """A line of boilerplate; `linked`: all of it is link."""

    language: str
    kind: str
    linked: bool
    text: str


def rows_of(name: str) -> Iterator[list[str]]:
    """The cells of each row of one table."""
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        yield line.split("\t")


@cache
def sentences() -> tuple[Sentence, ...]:
    """All sentences, in three forms a row."""
    own = {"lines.tsv", "paragraphs.tsv", "more.tsv"}
    rows = [
        [path.stem, *row] for path in sorted(FOLDER.glob("*.tsv")) if path.name not in own for row in rows_of(path.name)
    ]
    return tuple(one for row in [*rows, *rows_of("more.tsv")] for one in forms_of(*row))


def forms_of(language: str, kind: str, phrase: str, after: str, plain: str) -> Iterator[Sentence]:
    """The three sentences of a row."""
    opening, closing = MARKS.get(language, "“”")
    joint = "、" if language == "ja" else ""
    yield Sentence(language, kind, "plain", plain)
    yield Sentence(language, kind, "quoted", f"{opening}{phrase}{closing}{after}")
    yield Sentence(language, kind, "reported", f"{phrase}{joint}{after}")


@cache
def lines() -> tuple[Line, ...]:
    """All lines of boilerplate."""
    return tuple(Line(language, kind, link == "a", text) for language, kind, link, text in rows_of("lines.tsv"))


@cache
def paragraphs(language: str) -> tuple[str, ...]:
    """Running paragraphs of a language: of the gate's articles, else of `paragraphs.tsv`."""
    shortest = MIN_PARAGRAPH_CHARS.get(language, 130)
    gate = [
        text
        for page in load_pages()
        if page.key.startswith(f"{language}/")
        for kind, text in page.gold.body
        if kind == "paragraph" and len(text) >= shortest
    ]
    return tuple(gate[:4] or [text for code, text in rows_of("paragraphs.tsv") if code == language])


def on_page(text: str, language: str, *, linked: bool = False) -> Extraction:
    """The extraction of a page in which the text stands between running paragraphs."""
    before, *after = paragraphs(language)
    shown = f'<a href="/story">{escape(text)}</a>' if linked else escape(text)
    body = "".join(f"<p>{one}</p>" for one in (escape(before), shown, *map(escape, after)))
    headline = " ".join(before.split()[:5]) if " " in before else before[:12]
    return extract_html(
        document(f"<main><article><h1>{headline}</h1>{body}</article></main>", title=headline, lang=language)
    )


def in_text(text: str, language: str) -> Extraction:
    """The extraction of a dirty text in which the text stands between running paragraphs."""
    before, *after = paragraphs(language)
    return extract_text("\n\n".join((before, text, *after)), built_in_rules())


def is_kept(text: str, found: Extraction) -> bool:
    """Whether a text is in the article's text as a block of its own."""
    return found.article is not None and any(text == block.text for block in found.article.body)


def reasons(text: str, found: Extraction) -> str:
    """The rules that removed a text."""
    return " ".join(one.rule_id for one in found.removals if one.text == text) or "beside or joined"


def lost_sentences() -> list[tuple[Sentence, str, str]]:
    """The sentences that are not kept: each with where it stood, `page` or `text`, and the rules that removed it."""
    found = []
    for one in sentences():
        for place, result in (("page", on_page(one.text, one.language)), ("text", in_text(one.text, one.language))):
            if not is_kept(one.text, result):
                found.append((one, place, reasons(one.text, result)))
    return found


def left_lines() -> list[tuple[Line, str]]:
    """The lines of boilerplate that are kept, each with where it stood: `page` or `text`."""
    found = []
    for one in lines():
        if is_kept(one.text, on_page(one.text, one.language, linked=one.linked)):
            found.append((one, "page"))
        if is_kept(one.text, in_text(one.text, one.language)):
            found.append((one, "text"))
    return found


def main() -> None:
    """Print the shares by form, place, language and kind, and with `--all` each sentence and line."""
    lost, left = lost_sentences(), left_lines()
    if "--all" in sys.argv:
        for one, place, why in lost:
            print(f"lost {place} {one.language} {one.kind} {one.form}: {one.text}  [{why}]")
        for line, place in left:
            print(f"left {place} {line.language} {line.kind}: {line.text}")
    print(f"{len(sentences())} sentences, {len(lines())} lines of boilerplate")
    for name, key in (("form", "form"), ("language", "language"), ("kind", "kind")):
        print(name, *shares(lost, key))
    for place in ("page", "text"):
        print(f"left in a {place}: {sum(where == place for _, where in left) / len(lines()):.1%}")


def shares(lost: Sequence[tuple[Sentence, str, str]], key: str) -> Iterator[str]:
    """For each value of a field: the shares of sentences that are lost on a page and in a text."""
    total = Counter(getattr(one, key) for one in sentences())
    count = Counter((getattr(one, key), place) for one, place, _ in lost)
    for value in dict.fromkeys(getattr(one, key) for one in sentences()):
        page, text = (count[value, place] / total[value] for place in ("page", "text"))
        print(f"  {value}: {page:.1%} {text:.1%}")
    yield ""


if __name__ == "__main__":
    main()
