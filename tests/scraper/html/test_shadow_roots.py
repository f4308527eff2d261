"""A shadow root that stands in the markup is read; any other template is not."""

from __future__ import annotations

import time

import pytest

from scraper.html.shadow_roots import open_shadow_roots
from tests.support.pages import document, extract_html

FIRST = "The council of the harbour town decided on Tuesday that the wall will be raised before the winter."
LAST = "The ferry will sail from the old quay until then, and its master says that the wind there is worse than the stairs."
BODY = f"<p>{FIRST}</p><p>{LAST}</p>"


def root(content: str) -> str:
    return f'<template shadowrootmode="open"><style>p {{ color: red }}</style>{content}</template>'


def text_of(body: str) -> str:
    article = extract_html(document(body, title="The wall", lang="en")).article
    return article.text if article else ""


@pytest.mark.parametrize(
    "body",
    [
        f"<x-app>{root(f'<main><article><h1>The wall</h1>{BODY}</article></main>')}</x-app>",
        f"<x-article>{root('<header>The Courier</header><slot></slot>')}{BODY}</x-article>",
        f"<x-app>{root(f'<x-text>{root(BODY)}</x-text>')}</x-app>",
        f"<x-app><TEMPLATE class='a' shadowrootmode=closed>{BODY}</TEMPLATE></x-app>".replace("TEMPLATE", "Template"),
    ],
    ids=["article", "slot", "nested", "closed"],
)
def test_an_article_in_a_shadow_root_is_read(body: str) -> None:
    assert text_of(body) == f"{FIRST}\n\n{LAST}"


def test_a_shadow_root_in_a_sentence_is_part_of_it() -> None:
    body = f"<article><p>The <x-term>{root('<span>pier</span>')}</x-term> is closed for a year, they say.</p>{BODY}</article>"
    assert text_of(body).startswith("The pier is closed for a year, they say.")


@pytest.mark.parametrize(
    "hidden",
    [
        "<template><p>Nobody sees this line of the page.</p></template>",
        f"<template><x-a>{root('<p>Nobody sees this line of the page.</p>')}</x-a></template>",
        f"</template><template>{root('')}{root('<p>Nobody sees this line of the page.</p>')}</template>",
        '<template data-shadowrootmode="open"><p>Nobody sees this line of the page.</p></template>',
    ],
    ids=["plain", "root in a template", "second root in a template", "another attribute"],
)
def test_any_other_template_is_not_read(hidden: str) -> None:
    assert text_of(f"<article>{BODY}{hidden}</article>") == f"{FIRST}\n\n{LAST}"


def test_a_shadow_root_behind_templates_that_end_is_read() -> None:
    body = f"</template><template><template></template></template><x-app>{root(BODY)}</x-app>"
    assert text_of(body) == f"{FIRST}\n\n{LAST}"


def test_many_open_shadow_roots_take_time_in_proportion() -> None:
    started = time.process_time()
    assert open_shadow_roots('<template shadowrootmode="open">' * 40_000).count("<shadow-root") == 40_000
    assert time.process_time() - started < 4  # a look through all open tags at each takes more than ten


@pytest.mark.parametrize("markup", ["</template>", '<template shadowrootmode="open">', "<template", "shadowrootmode=1"])
def test_an_odd_template_changes_no_text(markup: str) -> None:
    assert open_shadow_roots(markup).replace("shadow-root", "template") == markup
