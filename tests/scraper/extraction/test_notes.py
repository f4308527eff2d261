"""A footnote to which a mark in the text leads stays; what other links within the page lead to is judged as before."""

from __future__ import annotations

import pytest

from tests.support.pages import document, extract_html

HEAD = "<header><nav><a href='/a'>World</a> <a href='/b'>Sport</a></nav></header>"
FOOT = "<footer><p>© 2026 The Daily Harbour</p><a href='/about'>About us</a></footer>"
FIRST = "The harbour board met for the fourth time this year and agreed on nothing but the date of its next meeting"
SECOND = "Divers found two rotten posts under the pier, which the board had called sound in its report of last winter"


def text_of(marks: str, rest: str, *, other: str = "") -> str:
    text = f"<h1>Pier stands</h1><p>{FIRST}.{marks}</p><p>{SECOND}.{other}</p>{rest}"
    body = f"{HEAD}<main><article>{text}</article></main>{FOOT}"
    article = extract_html(document(body, title="Pier stands", lang="en")).article
    assert article is not None
    return article.text


def mark(name: str, text: str) -> str:
    return f'<sup><a href="#{name}">{text}</a></sup>'


NOTES = (
    '<hr><ol><li id="fn1"><p>Roe 1901, p. 4. <a href="#r1">↩</a></p></li>'
    '<li id="fn2"><p>Ibid. <a href="#r2">↩</a></p></li></ol>'
)


@pytest.mark.parametrize(
    ("first", "second", "rest"),
    [
        (mark("fn1", "1"), mark("fn2", "2"), NOTES),
        (mark("fn1", "[1]"), mark("fn2", "[2]"), NOTES),
        (mark("fn1", "*"), mark("fn2", "**"), NOTES),
        (
            mark("note-a", "a"),
            mark("note-b", "b"),
            '<div id="note-a" class="n">Roe 1901, p. 4.</div><div id="note-b" class="n">Ibid.</div>',
        ),
        (
            mark("4f", "1"),
            mark("c2", "2"),
            '<ol class="wp-block-footnotes"><li id="4f">Roe 1901, p. 4.</li><li id="c2">Ibid.</li></ol>',
        ),
    ],
    ids="numbers brackets stars letters around".split(),
)
def test_the_footnotes_of_a_text_stay(first: str, second: str, rest: str) -> None:
    text = text_of(first, rest, other=second)
    assert "Roe 1901, p. 4." in text
    assert "Ibid." in text
    assert "↩" not in text


BOB = "<p>Bob: nothing like this in Lund</p>"
COMMENTS = "".join(f"<p>Reader {number}</p><p>Nice, really.</p>" for number in range(4))


@pytest.mark.parametrize(
    ("marks", "rest", "gone"),
    [
        (mark("talk", "4"), f'<div id="talk">{COMMENTS}</div>', "Nice, really."),
        (
            ' <a href="#more">More</a>',
            '<ul><li id="more"><a href="/pier">Pier burned in the night</a></li></ul>',
            "Pier burned",
        ),
        (mark("fn1", "1"), '<p id="fn1">Sign up for our newsletter</p>', "newsletter"),
        (mark("discussion", "3"), f'<div id="discussion">{BOB}</div>', "Bob"),
        (mark("comments", "3"), f'<div id="comments">{BOB}</div>', "Bob"),
        (mark("reacties", "3"), f'<div id="reacties">{BOB}</div>', "Bob"),
        (mark("comment-ref-1", "1"), f'<div id="comment-ref-1">{BOB}</div>', "Bob"),
        (mark("promo", "*"), f'<div id="promo">{BOB}</div>', "Bob"),
        (mark("share", "a"), f'<div id="share">{BOB}</div>', "Bob"),
        (mark("note", "a"), f'<div class="note more" id="m4">{BOB}</div>', "Bob"),
    ],
    ids="comments words rule discussion number Dutch reply promo share class".split(),
)
def test_what_is_no_footnote_is_judged_as_before(marks: str, rest: str, gone: str) -> None:
    assert gone not in text_of(marks, rest)
