"""What readers see: hidden elements, words for screen readers, folds that open."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.reader import read_blocks
from scraper.html.nodes import kind_by_names
from scraper.html.visibility import MAX_SEARCHED

LINE = "The lock keeper counts the boats."


def unseen(html: str) -> list[str]:
    return [block.text for block in read_blocks(LexborHTMLParser(html)).blocks if block.unseen]


@pytest.mark.parametrize(
    "attributes",
    [
        "hidden",
        'hidden=""',
        'style="display:none"',
        'style="color: red; DISPLAY : None"',
        'style="visibility: hidden"',
        'aria-hidden="true"',
        'class="note sr-only"',
        'class="VisuallyHidden_root__3x"',
        'class="screen-reader-text"',
        'style="position:absolute; clip: rect(0 0 0 0)"',
        'style="position:absolute; left: -9999px"',
        'class="tooltip more" style="display:none"',
        'role="dialog" class="panel" hidden',
        'class="note hidden"',
        'class="d-none"',
        'class="U-Hidden"',
    ],
)
@pytest.mark.parametrize("element", ["div", "p", "li"])
def test_a_concealed_element_is_unseen(element: str, attributes: str) -> None:
    assert unseen(f"<p>a</p><{element} {attributes}>{LINE}</{element}>") == [LINE]
    assert unseen(f"<p>a <span {attributes}>{LINE}</span> b</p>") == [LINE]


def test_a_dialog_is_unseen_until_it_is_open() -> None:
    assert unseen(f"<p>a</p><dialog><p>{LINE}</p></dialog>") == [LINE]
    assert unseen(f"<p>a</p><dialog open><p>{LINE}</p></dialog>") == []


@pytest.mark.parametrize(
    "name",
    "visually-hidden hidden-visually screenreader sr-only show-for-sr element-invisible a11y-text offscreen off-screen assistive-text "
    "u-vh uvh vishidden readers-only accessibly-hidden accessibility-text".split(),
)
def test_a_text_for_screen_readers_is_unseen_by_its_name(name: str) -> None:
    assert unseen(f'<p>a</p><div class="{name}">{LINE}</div>') == [LINE]
    assert unseen(f'<p>a</p><div class="my{name[:3]}-line">{LINE}</div>') == []


@pytest.mark.parametrize(
    "attributes",
    [
        'style="display:block"',
        'style="overflow:hidden"',
        'style="visibility: visible"',
        'style="text-indent:-1em"',
        'aria-hidden="false"',
        'hidden="until-found"',
        'class="hidden-gem"',
        'class="hidden md:block"',
        'class="d-none d-md-flex"',
        'class="hidden-xs hidden"',
        'class="more hidden"',
        'class="sm:not-sr-only sr-only"',
        'class="read-more" style="display:none"',
        'class="accordion__panel" aria-hidden="true"',
        'id="p4" hidden',
        'itemprop="acceptedAnswer" aria-hidden="true"',
        'class="subscriber-only" style="display: none"',
    ],
)
def test_a_near_miss_is_seen(attributes: str) -> None:
    opener = '<button aria-controls="p4">How many boats?</button>'
    assert unseen(f"<p>a</p>{opener}<div {attributes}><p>{LINE}</p></div>") == []


@pytest.mark.parametrize(
    ("above", "below", "is_unseen"),
    [
        ("<h3><button aria-expanded=false>Why?</button></h3>", "<p>{}</p>", False),
        ("<button aria-expanded=false>Why?</button>", "<p>{}</p>", False),
        ("<button aria-expanded=false>Why?</button>", "{}", True),  # a menu has no paragraphs
        ("<button>Why?</button>", "<p>{}</p>", True),
        ("<button aria-expanded=false>Why?</button><hr>", "<p>{}</p>", True),
    ],
    ids=["in a heading", "alone", "no paragraph", "no control", "not right above"],
)
def test_a_text_below_a_control_that_opens_it_is_seen(above: str, below: str, is_unseen: bool) -> None:
    found = unseen(f"<p>a</p>{above}<div hidden>{below.format(LINE)}</div>")
    assert found == ([LINE] if is_unseen else [])


@pytest.mark.parametrize(("paragraphs", "is_unseen"), [(2, True), (3, False)])
def test_a_class_word_hides_no_text_of_several_paragraphs(paragraphs: int, is_unseen: bool) -> None:
    text = f"<p>{LINE * 3}</p>" * paragraphs
    assert len(unseen(f'<p>a</p><div class="hidden">{text}</div>')) == (paragraphs if is_unseen else 0)


def test_a_class_word_hides_no_row_of_a_table() -> None:
    assert unseen(f'<table><tr><td>a<td>b<tr class="hidden"><td>c<td>d</table><p class="hidden">{LINE}</p>') == [LINE]


def test_elements_that_a_class_word_hides_are_searched_for_text_a_limited_number_of_times() -> None:
    html = f'<div class="hidden">{LINE}</div>' * (MAX_SEARCHED + 1)
    assert len(unseen(html)) == MAX_SEARCHED


def test_what_is_hidden_in_a_fold_or_below_a_tooltip_is_unseen() -> None:
    assert unseen(f'<div class="faq" hidden><p>{LINE}</p><div class="tip" hidden>x y</div></div>') == ["x y"]
    assert unseen(f'<div class="tooltip" hidden><p>{LINE}</p></div>') == [LINE]
    assert unseen(f'<section class="faq"><dl><dt>Why?<dd hidden>{LINE}</dl></section>') == []


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="/f">a filing<span class="sr-only">, opens new tab</span></a> says', "a filing says"),
        ('<span aria-hidden="true">31 m</span><span class="sr-only">31 metres</span>', "31 m"),
        ('<span class="sr-only">31 metres</span> <span aria-hidden="true">31 m</span>', "31 m"),
        ('long <span aria-hidden="true">decorated</span> pier', "long pier"),
        ('Ann<span aria-hidden="true"> · </span>Bo', "Ann · Bo"),
        ('The pier <a class="anchor" aria-hidden="true" href="#pier">#</a>', "The pier"),
        ('<i><span><math><mi>x</mi></math></span><span aria-hidden="true">x = 2</span></i>', "x = 2"),
        ('<b aria-label="Pier"><span aria-hidden="true">P</span><span aria-hidden="true">ier</span></b>', "Pier"),
        ('<b aria-labelledby="t u"><span id="u" aria-hidden="true">Tip</span></b>', "Tip"),
        ('<b aria-labelledby="t">a<span id="u" aria-hidden="true">Tip</span></b>', "a"),
        ('The tide<span id="dots">…</span><span id="more" style="display:none"> turned.</span>', "The tide… turned."),
    ],
    ids="link twin twin-first alone dot anchor formula label named other fold".split(),
)
def test_a_sentence_holds_what_readers_see(html: str, text: str) -> None:
    assert [block.text for block in read_blocks(LexborHTMLParser(f"<p>{html}</p>")).blocks if not block.unseen] == [
        text
    ]


def test_every_text_lands_in_a_block_and_a_row_keeps_its_cells() -> None:
    html = "<table><tr><th>Pier<th>Length <i hidden>in metres</i><tr><td>Solva<td>31</table>"
    blocks = read_blocks(LexborHTMLParser(html)).blocks
    assert [(block.position, block.text, block.unseen) for block in blocks] == [
        (0, "Pier | Length", False),
        (1, "in metres", True),
        (2, "Solva | 31", False),
    ]


EMBEDDED = (
    "twitter-tweet twitter-video instagram-media tiktok-embed fb-post fb-video bluesky-embed mastodon-embed reddit-embed "
    "reddit-card text-post-media"
)
LISTINGS = "js-file-line-container syntaxhighlighter crayon-main CodeMirror-code hljs-ln"


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        *((name, "embed") for name in EMBEDDED.split()),
        *((name, "code") for name in LISTINGS.split()),
        ("fb-line-card", ""),
    ],
)
def test_embedded_posts_and_listings_are_told_by_their_names(names: str, kind: str) -> None:
    assert kind_by_names(f"box {names} wide") == kind
