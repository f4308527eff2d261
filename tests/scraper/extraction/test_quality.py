"""Verdicts: each sign of the table, pages without an article, and near misses that are articles."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.extraction.article import build_article, finish_extraction
from scraper.extraction.candidates import make_candidates
from scraper.extraction.extract import page_evidence
from scraper.extraction.page_read import read_page
from scraper.extraction.plain_text import extract_text
from scraper.extraction.quality import TITLE_PARTS, Sign, assess, load_signs, parse_sign
from scraper.extraction.strip import strip_blocks
from scraper.html.encoding import markup
from scraper.rules.loader import built_in_rules
from scraper.types import Extraction, Page
from tests.support.pages import document, extract_html, json_ld
from tests.support.scores import extract_by, given_scores

WORDED = [sign for sign in load_signs() if sign.phrases]
STREETS = "Harbour Mill Castle Church Station Market Bridge Orchard River Garden School Chapel Temple Foundry".split()


def story(count: int = 6) -> str:
    """Paragraphs of an article, no two alike."""
    return "".join(
        f"<p>The residents of {street} Street were told on Monday that the works will take {number + 3} months longer than the city had promised, "
        f"said the engineer in charge, who blamed the {STREETS[number - 1].lower()} drains and a shortage of stone.</p>"
        for number, street in enumerate(STREETS[:count])
    )


def read(
    body: str,
    *,
    head: str = "",
    title: str = "Works on Harbour Street delayed",
    url: str = "https://news.example/city/works-delayed",
    **changes: Any,
) -> Extraction:
    """The extraction of a page with this body; `changes` are fields of `Page`."""
    return extract_html(document(body, title=title, head=head), url=url, **changes)


def article(body: str, **about: str) -> Extraction:
    return read(
        f"<header><a href=/>The Example</a></header><main><article><h1>Works on Harbour Street delayed</h1>{body}</article></main>",
        **about,
    )


def ld(**values: object) -> str:
    return json_ld({"@type": "NewsArticle", "headline": "Works on Harbour Street delayed", **values})


def scored(body: str, score_of: Callable[[str], float]) -> Extraction:
    """The extraction of an article by these scores of its texts, whatever the scorer says."""
    page = Page.from_html(
        document(f"<article>{body}</article>", title="Works", head=""), url="https://news.example/works"
    )
    tree = LexborHTMLParser(markup(page))
    found = read_page(tree, built_in_rules(), url=page.url)
    candidates = make_candidates(found, given_scores([score_of(block.text) for block in found.blocks.blocks]))
    stripped = strip_blocks(candidates, page=found.blocks)
    quality = assess(page_evidence(page, tree, found, stripped))
    return finish_extraction(build_article(page, found, stripped), stripped, rules_hash="", quality=quality)


def posts(kept: int, lost: int, *, shape: str = "<p>{}</p>", chars: int = 200) -> Extraction:
    """The extraction of an article of which so many paragraphs are kept and lost, each of `chars` characters."""
    words = "the council heard what the engineers of the harbour had found below the old wall in spring "
    texts = [f"{number} {words * (chars // 80 + 1)}"[: chars - 1] + "." for number in range(kept + lost)]
    body = "".join(f"<p>{text}</p>" for text in texts[:kept]) + "".join(shape.format(text) for text in texts[kept:])
    return scored(body, lambda text: 0.95 if any(text == own for own in texts[:kept]) else 0.1)


CLOSED = ld(isAccessibleForFree=False)
WALL = "<div class=paywall><p>Subscribe to continue reading</p><p>Already a subscriber? Log in</p></div>"


def cards(count: int, *, excerpt: bool = True) -> str:
    return "".join(
        f'<div class=card><h3><a href="/city/{street.lower()}">{street} Street to be closed for most of the summer</a></h3>'
        + f"<p>Traffic on {street} Street will be led around the works, which begin in May and last until autumn.</p>"
        * excerpt
        + "</div>"
        for street in STREETS[:count]
    )


# --- The table ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sign", "language"),
    [(sign, language) for sign in WORDED for language in sign.phrases],
    ids=lambda value: getattr(value, "id", value),
)
def test_a_sign_finds_its_phrases_in_the_example_of_each_language(sign: Sign, language: str) -> None:
    only = parse_sign(
        {
            "id": sign.id,
            "verdict": sign.verdict,
            "why": sign.why,
            "where": sign.where,
            "phrases": {language: sign.phrases[language]},
            "share": sign.share,
        }
    )
    assert any(map(only.find, TITLE_PARTS.split(sign.hit[language]) if sign.where == "title" else [sign.hit[language]]))


@pytest.mark.parametrize(
    ("sign", "text"),
    [(sign, text) for sign in WORDED for text in sign.miss],
    ids=lambda value: getattr(value, "id", str(value)[:40]),
)
def test_a_sign_does_not_find_its_near_misses(sign: Sign, text: str) -> None:
    assert not sign.find(text)


@pytest.mark.parametrize("sign", WORDED, ids=lambda sign: sign.id)
def test_a_sign_with_phrases_has_an_example_per_language_and_a_near_miss(sign: Sign) -> None:
    assert sign.hit.keys() == sign.phrases.keys()
    assert sign.miss


def test_phrases_are_written_case_folded_and_signs_are_named_once() -> None:
    assert [
        phrase
        for sign in WORDED
        for own in sign.phrases.values()
        for phrase in own
        if phrase != phrase.casefold() or "’" in phrase
    ] == []
    ids = [sign.id for sign in load_signs()]
    assert len(ids) == len(set(ids))


def test_signs_of_one_verdict_stand_together() -> None:
    verdicts = [sign.verdict for sign in load_signs()]
    changes = [verdict for verdict, before in zip(verdicts, [None, *verdicts], strict=False) if verdict != before]
    assert len(changes) == len(set(changes))


@pytest.mark.parametrize(
    "row",
    [{"max": {"body_charz": 3}}, {"where": "titel", "phrases": {"en": ["x"]}}, {"where": "title"}],
    ids=["measure", "place", "no phrases"],
)
def test_a_sign_with_an_unknown_measure_or_place_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"a\.sign"):
        parse_sign({"id": "a.sign", "verdict": "listing", "why": "w", **row})


# --- Pages --------------------------------------------------------------------------------------------------------


def by_scores(html: str, *, left: str = "Nothing") -> Extraction:
    """A page of which the scorer takes all but the texts that begin with `left`."""
    return extract_by(lambda text: 0.01 if text.startswith(left) else 0.9, html)


CASES: dict[str, tuple[str, str, Callable[[], Extraction]]] = {
    "bytes that are no text": ("empty", "empty.unreadable", lambda: article("<p>" + "\x00\x01\x02 " * 400 + "</p>")),
    "bytes read in a wrong encoding": ("empty", "empty.garbled", lambda: article("<p>" + "Совет решил оставить старый причал. ".encode().decode("latin-1") * 20 + "</p>")),
    "an answer with an error status": ("error-page", "error.status", lambda: article(story(2), status=500)),  # type: ignore[arg-type]
    "a soft 404": ("error-page", "error.title", lambda: read("<main><h1>Page not found</h1><p>Sorry, nothing is here any more.</p></main>", title="Page not found | The Example")),
    "a soft 404 with the latest stories": ("error-page", "error.title", lambda: read(f"<main><h1>Seite nicht gefunden</h1><p>Vielleicht interessiert Sie das hier:</p>{cards(6)}</main>", title="Seite nicht gefunden - Beispiel")),
    "a soft 404 that only the text tells": ("error-page", "error.text", lambda: read("<main><p>La página que buscas ya no está aquí. Vuelve a la portada.</p></main>", title="El Ejemplo")),
    "a bot check": ("needs-javascript", "script.asked", lambda: read("<h1>news.example</h1><p>Verify you are human by completing the action below.</p>", title="Just a moment...")),
    "an app that scripts draw": ("needs-javascript", "script.root", lambda: read("<div id=root></div><script src=/app.js></script>")),
    "an app with a word for those without scripts": ("needs-javascript", "script.noscript", lambda: read("<div id=main><div></div></div><noscript>This app works best with JavaScript.</noscript>")),
    "a consent wall": ("consent", "consent.text", lambda: by_scores("<main><p>We value your privacy. We and our partners store and access information on a device, such as cookies, and process personal data for personalised advertising.</p><p>With your permission we and our partners may use precise location data. You may click to consent to our processing as described above, or refuse to consent.</p></main>")),
    "a consent wall without running text": ("consent", "consent.only", lambda: read("<div class=cookie-banner><p>Before you continue</p><p><a href=/x>Accept all</a></p></div>", title="The Example")),
    "a wall after two paragraphs": ("paywall", "paywall.declared", lambda: article(story(2) + WALL, head=CLOSED)),
    "a declared wall that left one paragraph": ("paywall", "paywall.short", lambda: article(story(1), head=CLOSED)),
    "a wall that only the text tells": ("paywall", "paywall.text", lambda: article(story(3) + "<div><p>Subscribe to continue reading</p></div>")),
    "a section page of cards": ("listing", "listing.", lambda: read(f"<main><h1>City</h1>{cards(12)}</main>", title="City - The Example", url="https://news.example/city")),
    "a section page of headlines": ("listing", "listing.", lambda: read(f"<main><h1>City</h1>{cards(12, excerpt=False)}</main>", title="City - The Example", url="https://news.example/city")),
    "an archive of scraps": ("listing", "listing.scraps", lambda: read("".join(f"<div><h2><a href=/s/{number}>What became of story number {number}</a></h2><p>Short.</p></div>" for number in range(1_000)))),
    "a front page": ("listing", "listing.", lambda: read(f"<main>{story(1)}{cards(12)}</main>", title="The Example", url="https://news.example/")),
    "a list of links": ("listing", "listing.", lambda: read("<main><h1>Archive of May</h1><article>" + "".join(f'<p><a href="/2024/05/{n}">{street} Street is closed while the stone setters are at work, says the city, and shops complain</a></p>' for n, street in enumerate(STREETS)) + "</article></main>", title="Archive")),
    "a page that ends with its connection": ("truncated", "truncated.connection", lambda: read(f"<article><h1>Works delayed</h1>{story(4)}", cut_short=True)),
    "more blocks than are read": ("truncated", "truncated.page", lambda: article(story() + "<p>word</p>" * 50_001)),
    "a book of a page of which part was left out": ("truncated", "truncated.outsize", lambda: by_scores("<article>" + "".join(f"<div><p>Item {number}: the council met on Tuesday evening and decided that the old harbour wall will be raised by two metres before the winter.</p></div>" for number in range(4_000)) + "</article>", left="Item 3")),
    "an article of which a third was left out": ("truncated", "truncated.left", lambda: posts(16, 8)),
    "a summary above a live blog that was left out": ("truncated", "truncated.most", lambda: posts(2, 5)),
    "posts in elements that are named as menus": ("truncated", "truncated.left", lambda: posts(16, 8, shape="<div class=menu><p>{}</p></div>")),
    "a text far shorter than the page's data state": ("truncated", "truncated.stated", lambda: article(story(3), head=ld(articleBody=" ".join(f"On day {n} the council heard the engineer of section {n} and asked for a further report." for n in range(60))))),
    "a text far shorter than the page's data count": ("truncated", "truncated.words", lambda: article(story(4), head=ld(wordCount=1450))),
    "an excerpt": ("truncated", "truncated.ellipsis", lambda: article(story(2) + "<p>The shops, which had been promised compensation from the first day on, have so far received nothing at all, and the owners [&hellip;]</p>")),
    "a teaser with a link to the rest": ("truncated", "truncated.more", lambda: article(story(2) + "<p>The shops, which had been promised compensation from the first day on, have so far received nothing at all, and the owners…</p><a href=/full>Continue reading</a>")),
}  # fmt: skip


@cache
def once(make: Callable[[], Extraction]) -> Extraction:
    """The extraction of a case, made once: some take seconds."""
    return make()


@pytest.mark.parametrize(("verdict", "sign", "make"), CASES.values(), ids=CASES.keys())
def test_a_page_without_a_whole_article_gets_its_verdict(
    verdict: str, sign: str, make: Callable[[], Extraction]
) -> None:
    quality = once(make).quality
    reasons = [one.why for one in load_signs() if one.id.startswith(sign)]
    assert quality.verdict == verdict, quality
    assert any(said.startswith(why) for said in quality.evidence for why in reasons), quality


def test_every_sign_without_phrases_has_a_page() -> None:
    told = "\n".join(said for _, _, make in CASES.values() for said in once(make).quality.evidence)
    assert [sign.id for sign in load_signs() if sign.why not in told] == []


ARTICLES: dict[str, Callable[[], Extraction]] = {
    "a plain article": lambda: article(story()),
    "an article with a rail of teasers": lambda: read(f"<main><article><h1>Works on Harbour Street delayed</h1>{story()}</article><aside>{cards(14)}</aside></main>"),
    "an article about an error": lambda: article(story(), title="Error 404: how a lost page became a joke"),
    "an article about cookies and consent": lambda: article(story() + "<p>The site had told readers that it and its partners use cookies; the court found that their consent was void.</p>"),
    "an article about scripts": lambda: article(story() + "<p>Without JavaScript enabled the city's map of the works shows nothing, readers complained on Tuesday.</p>"),
    "a subscriber's whole article": lambda: article(story(14) + "<p>Photographs by the city's archive are shown in the town hall until June.</p>", head=CLOSED),
    "an article with a plea to subscribe behind it": lambda: article(story(14) + "<p>Subscribe to our newsletter for more stories like this.</p>"),
    "a list of places with links to them": lambda: article("".join(f'<h2><a href="https://{street.lower()}.example.org/">{street} Inn</a></h2><p>The inn on {street} Street has {n + 4} rooms, a garden that opens in May, and a cook who came back from the coast last year with a new menu.</p>' for n, street in enumerate(STREETS)), head='<meta property="og:type" content="article">'),
    "an article that ends on three dots": lambda: article(story(14) + "<p>Nobody knows when the stone will come, and perhaps nobody ever will…</p>"),
    "an article whose data state it whole": lambda: article(story(), head=ld(articleBody="The residents were told. " * 40, wordCount=180)),
    "an article of which seven lines were left out": lambda: posts(8, 7),
    "a long article of which a sixth was left out": lambda: posts(42, 8),
    "an article with text of another kind that was left out": lambda: posts(8, 20, shape="<div class=share><p>{}</p></div>"),
    "an article with links that were left out": lambda: posts(8, 20, shape="<p><a href=/x>{}</a></p>"),
    "an article with hidden text that was left out": lambda: posts(8, 20, shape="<p hidden>{}</p>"),
    "an article with headlines that were left out": lambda: posts(8, 20, shape="<p>{} More</p>"),
    "an article with a plea that repeats": lambda: posts(8, 4, shape="<div><p>{0}</p><p>{0}</p><p>{0}</p></div>"),
    "an article before other text of the page": lambda: posts(8, 20, shape="</article><section><p>{}</p></section>"),
    "an article with many short lines that were left out": lambda: posts(8, 40, chars=100),
    "an article without an address": lambda: read(f"<article><h1>Works on Harbour Street delayed</h1>{story()}</article>", url=""),
}  # fmt: skip


@pytest.mark.parametrize("make", ARTICLES.values(), ids=ARTICLES.keys())
def test_an_article_is_ok(make: Callable[[], Extraction]) -> None:
    quality = make().quality
    assert quality.verdict == "ok", quality


def test_size_decides_if_no_sign_holds() -> None:
    assert article(story(1)).quality == type(article("").quality)(
        "short", (f"body of {len(article(story(1)).article.text)} characters",)
    )  # type: ignore[union-attr]
    assert read("").quality.verdict == "empty"


def test_text_is_kept_under_every_verdict() -> None:
    kept = {name: once(make).article for name, (_, _, make) in CASES.items()}
    assert kept["a wall after two paragraphs"] is not None
    assert kept["an excerpt"] is not None
    assert [name for name, found in kept.items() if found is not None and not found.text] == []


def test_a_plain_text_gets_a_verdict_too() -> None:
    lines = [
        f"The residents of {street} Street were told on Monday that the works will take longer than the city had promised."
        for street in STREETS
    ]
    assert extract_text("\n\n".join(lines), built_in_rules()).quality.verdict == "ok"
    assert extract_text("404 Not Found\n\nnginx", built_in_rules()).quality.verdict == "error-page"
    assert extract_text("", built_in_rules()).quality.verdict == "empty"


def test_an_invented_header_changes_no_verdict() -> None:
    sent = (("x-cuttings-cut", "1"), ("x-cuttings-body", "feed"))
    assert read(f"<article><h1>Works delayed</h1>{story(4)}</article>", headers=sent).quality.verdict == "ok"
