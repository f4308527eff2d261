"""A note stands apart from the words around it; a sign that leads within the page is no part of the text."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.inline_notes import MAX_NOTE_NODES, is_note
from scraper.blocks.reader import read_blocks


def seen(html: str) -> list[str]:
    return [block.text for block in read_blocks(LexborHTMLParser(html)).blocks if not block.unseen]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            'The pier fell<span class="sidenote">In 1953, by fire.</span> at noon.',
            "The pier fell In 1953, by fire. at noon.",
        ),
        (
            'It fell.<span class="MarginNote">In 1953, by fire.</span>Then rain.',
            "It fell. In 1953, by fire. Then rain.",
        ),
        ('It fell<small class="note foot-note-text">Roe 1901, p. 4</small>, twice.', "It fell Roe 1901, p. 4, twice."),
        ('Ende.<em class="footnote">vgl. das Protokoll</em>Danach', "Ende. vgl. das Protokoll Danach"),
        (
            'It fell.<span class="sidenote"><b>In 1953</b>, by fire.</span><i>Then</i> rain.',
            "It fell. In 1953, by fire. Then rain.",
        ),
        ('It fell all day<span class="footnote">, as they say,</span> long.', "It fell all day, as they say, long."),
        ('He said <q class="sidenote">the pier fell</q> twice.', "He said “the pier fell” twice."),
        ('It fell<sup class="footnote"><a href="#n1">1</a></sup>, twice.', "It fell¹, twice."),
        ('It fell<span class="footnote">[note 3]</span>, twice.', "It fell[note 3], twice."),
        ('foot<span class="footnoted">ball pitches here</span>', "football pitches here"),
        ('un<span class="notebook">loaded in the night</span>', "unloaded in the night"),
    ],
    ids="side margin small lower-case elements comma quote mark label word other".split(),
)
def test_a_note_within_a_sentence_is_glued_to_no_word(html: str, text: str) -> None:
    assert seen(f"<p>{html}</p>") == [text]


def test_a_note_in_emphasis_has_its_emphasis_and_no_other_text_has() -> None:
    (block,) = read_blocks(
        LexborHTMLParser('<p>It fell.<em class="sidenote">In 1953, by fire.</em>Then rain.</p>')
    ).blocks
    assert block.italic_chars == len("In 1953, by fire.")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<h2>The vote<a class="headerlink" href="#vote" title="Permalink">¶</a></h2>', "The vote"),
        ('<h2><a href="#vote">#</a>The vote</h2>', "The vote"),
        ('<h2><a href="#vote"><span>§</span></a> The vote</h2>', "The vote"),
        ('<h2>The vote <a href="#vote">🔗\ufe0f</a></h2>', "The vote"),
        ('<p>Roe 1901, p. 4. <a href="#ref1">↩︎</a></p>', "Roe 1901, p. 4."),
        ('<p><a href="#cite1">^</a> Roe 1901, p. 4.</p>', "Roe 1901, p. 4."),
        ('<h2>The vote<span class="mw-editsection">[<a href="/edit">edit</a>]</span></h2>', "The vote"),
        ('<p>Roe 1901. <a href="#r1">↩</a> <sup><a href="#r2">↩</a></sup><br>Doe.</p>', "Roe 1901.\nDoe."),
        ('<p>The pier fell.<a href="#n1">*</a></p>', "The pier fell.*"),
        ('<p>Under <a href="#s5">§</a> 5 the pier fell.</p>', "Under § 5 the pier fell."),
        ('<p><a href="#chart">↑</a> 5 per cent</p>', "↑ 5 per cent"),
        ('<p>It ordered <a href="#t">↑</a> five per cent.</p>', "It ordered ↑ five per cent."),
        ('<p><a href="#x"><i>¶</i><i>¶</i><i>¶</i><i>¶</i>Chapter One</a></p>', "¶¶¶¶Chapter One"),
        ('<p>See <a href="#s5">§ 5</a>.</p>', "See § 5."),
        ('<p>Room <a href="/rooms">#</a></p>', "Room #"),
        (
            '<p>A paragraph begins with ¶ in <a href="#old">old books</a>.</p>',
            "A paragraph begins with ¶ in old books.",
        ),
    ],
    ids="pilcrow hash section chain arrow caret edit arrows star midst number words texts cited elsewhere word".split(),
)
def test_a_sign_that_leads_within_the_page_is_no_part_of_the_text(html: str, text: str) -> None:
    assert seen(html) == [text]


@pytest.mark.parametrize(
    "html",
    [
        "<p>He plays in <a href='#f'>F#</a>.</p>",
        "<p>The key that shows <a href='#enter'>⏎</a>.</p>",
        "<table><tr><td><a href='#para'>¶</a></td><td>pilcrow</td></tr><tr><td>one</td><td>two</td></tr></table>",
        "<ul><li><a href='#xor'>^</a> is the operator</li><li>of the mill</li></ul>",
    ],
)
def test_a_sign_that_the_text_speaks_of_stays(html: str) -> None:
    shown = "".join(seen(html))
    assert any(sign in shown for sign in "#⏎¶^")


@pytest.mark.parametrize(("empty", "found"), [(0, True), (MAX_NOTE_NODES, False)])
def test_a_note_is_known_by_its_first_nodes(empty: int, found: bool) -> None:
    html = f"<p>It fell.<span class=sidenote>{'<b></b>' * empty}In 1953, by fire.</span></p>"
    note = LexborHTMLParser(html).css_first("span")
    assert note is not None
    assert is_note(note, "sidenote") is found
