"""Pages that hang or break parsers: each gives text or a verdict, within a worker's own deadline.

A worker that overruns is killed and its page becomes an `ExtractError`, which fails the test; nothing here is timed.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator

import pytest
import trafilatura
from selectolax.lexbor import SelectolaxError

from archive.cli.clean_jsonl import clean_lines, read_lines
from scraper.crawl.worker_pool import DEADLINE_SECONDS, Worker
from scraper.html.limits import MAX_BLOCKS
from scraper.html.nesting import MAX_NESTING_LEVELS, MAX_UNCHECKED_TAGS, limit_depth
from scraper.rules.loader import built_in_rules
from scraper.types import Extraction, Page
from tests.support.pages import document, extract_html, json_ld, page

SENTENCE = "The council met on Tuesday evening and decided that the old harbour wall will be raised by two metres before the winter. "
TOPICS = "harbour council storm fishermen budget school market ferry".split()
STORY = "<h1>Harbour wall to be raised</h1>" + "".join(
    f"<p>The {topic} and what becomes of it were discussed for {number + 2} hours on Tuesday, said the mayor, who expects a decision on the {topic} "
    f"before the end of the month. Nobody objected to the plan, which costs {7 * number + 3} million.</p>"
    for number, topic in enumerate(TOPICS)
)
FIRST, LAST = "The harbour and what becomes of it", "The ferry and what becomes of it"


def in_article(body: str, head: str = "") -> str:
    """A document whose article has this body."""
    return document(f"<article>{body}</article>", title="Harbour wall to be raised", head=head)


def data(text: str) -> str:
    return in_article(STORY, json_ld(text))


def numbered(pattern: str, count: int) -> str:
    return "".join(pattern.format(number) for number in range(count))


WHOLE: dict[str, Callable[[], str]] = {
    "50,000 nested divs": lambda: in_article(STORY + "<div>" * 50_000 + "</div>" * 50_000),
    "50,000 nested divs around the story": lambda: in_article("<div>" * 50_000 + STORY + "</div>" * 50_000),
    "300,000 unclosed divs": lambda: in_article(STORY + "<div>" * 300_000),
    "2,000 nested inline tags": lambda: in_article(STORY + "<p>" + "<b><i>" * 1_000 + SENTENCE + "</i></b>" * 1_000),
    "40,000 nested menus": lambda: in_article(STORY + "<nav>word word word" * 40_000),
    "40,000 nested footers": lambda: in_article(STORY + "<footer>word word word" * 40_000),
    "nothing closed": lambda: in_article(
        STORY.replace("</p>", "") + "<div><p><b><li><table><tr><td><a href=x>words " * 20_000
    ),
    "40,000 cells in a row": lambda: in_article(STORY + "<table><tr>" + "<td>c</td>" * 40_000),
    "50,000 attributes on one tag": lambda: in_article(
        STORY + "<p " + " ".join(f"a{number}=v" for number in range(50_000)) + ">x</p>"
    ),
    "300,000 attributes in quotes": lambda: in_article(
        STORY + "<p " + " ".join(f"a{number}='v w'" for number in range(300_000)) + ">x</p>"
    ),
    "an attribute of 2 MB": lambda: in_article(f"<div data-state='{SENTENCE * 16_000}'></div>" + STORY),
    "a class of 50,000 words": lambda: in_article(STORY + f"<p class='{numbered('word{0} ', 50_000)}'>x</p>"),
    "10,000 links in one paragraph": lambda: in_article(
        f"{STORY}<p>{numbered('<a href=/s/{0}>story {0}</a> ', 10_000)}</p>"
    ),
    "100,000 empty elements": lambda: in_article(STORY + "<div></div><p></p><span></span><b></b>" * 25_000),
    "30,000 tiny blocks": lambda: in_article(STORY + numbered("<p>word {0}</p>", 30_000)),
    "200,000 line breaks": lambda: in_article(STORY + "<p>" + "word<br><br>" * 100_000),
    "line separators": lambda: in_article(STORY + "<p>" + "word\u2028\u2028" * 300_000),
    "a title of 1 MB": lambda: in_article(STORY).replace("<title>", "<title>" + SENTENCE * 8_000),
    "a heading of 1 MB": lambda: in_article(f"<h1>{SENTENCE * 8_000}</h1>{STORY}"),
    "JSON-LD of 1 MB": lambda: data(json.dumps({"@type": "NewsArticle", "keywords": SENTENCE * 8_000})),
    "JSON-LD that never ends": lambda: data('{"@type": "NewsArticle", "articleBody": "' + SENTENCE * 8_000),
    "JSON-LD of brackets": lambda: data('{"a": [' * 200_000),
    "JSON-LD of quotes": lambda: data('"articleBody": "\\' * 100_000),
    "a script of escaped quotes": lambda: in_article(
        f'{STORY}<script>x = "{chr(92)}"' + '\\"' * 1_000_000 + "</script>"
    ),
    "control characters": lambda: in_article(STORY.replace("mayor", "ma\x0by\x1bo\x07r")),
    "references to control characters": lambda: in_article(
        STORY.replace("mayor", "ma&#11;y&#x1b;o&#xffff;r&#0;&#xd800;")
    ),
    "100,000 references to control characters": lambda: in_article(STORY + "<p>" + "a&#11;b&#x1b;" * 100_000),
    "references without an end": lambda: in_article(STORY + "&#" + "0" * 1_000_000),
    "40,000 comments and templates": lambda: in_article(STORY + "<!-- x --><template><p>x" * 20_000),
    "10,000 authors": lambda: in_article(STORY, f'<meta name=author content="{"Jane Doe, " * 10_000}">'),
    "40,000 meta tags": lambda: in_article(STORY, numbered("<meta name=m{0} content=v>", 40_000)),
}
"""Pages whose whole story must be extracted."""

PART: dict[str, Callable[[], str]] = {
    "20,000 nested lists": lambda: in_article(STORY + "<ul><li>item" * 20_000),
    "20,000 nested definitions": lambda: in_article(STORY + "<dl><dt>term<dd>" * 20_000),
    "20,000 nested tables": lambda: in_article(STORY + "<table><tr><td>cell" * 20_000),
    "15,000 headings": lambda: in_article(STORY + numbered("<div><h2>Heading number {0}</h2></div>", 15_000)),
    "a million angle brackets": lambda: in_article(STORY + "<" * 1_000_000),
    "20,000 pictures": lambda: in_article(
        STORY + "<figure><img src=/a.jpg><figcaption>A wall.</figcaption></figure>" * 20_000
    ),
}
"""Pages whose story must be extracted from its beginning on; the verdict must say if some of it is missing."""

SOME: dict[str, Callable[[], str]] = {
    "5 MB of plain paragraphs": lambda: in_article(
        "".join(f"<p>Item {number}: {SENTENCE}</p>" for number in range(38_000))
    ),
    "5 MB of one paragraph again and again": lambda: in_article(f"<p>{SENTENCE * 2}</p>" * 20_000),
    "20 MB of one text node": lambda: in_article("<p>" + SENTENCE * (20_000_000 // len(SENTENCE))),
    "20 MB of one word": lambda: in_article("<p>" + "a" * 20_000_000),
    "70,000 tiny blocks": lambda: in_article("<p>word.</p>" * 70_000),
    "400,000 empty elements": lambda: in_article("<p></p>" * 400_000),
    "400,000 unclosed divs": lambda: in_article("<div>" * 400_000),
    "links and nothing else": lambda: in_article(f"<p>{numbered('<a href=/s/{0}>story {0}</a> ', 10_000)}</p>"),
    "cards and nothing else": lambda: in_article(
        numbered("<div><h2><a href=/s/{0}>What became of story number {0}</a></h2><p>Short.</p></div>", 5_000)
    ),
    "attributes and nothing else": lambda: in_article(
        "<p " + " ".join(f"a{number}=v" for number in range(50_000)) + ">x</p>"
    ),
    "words in divs": lambda: in_article("<div>word word word word word</div>" * 10_000),
    "frames": lambda: "<frameset>" + "<frame src=x>" * 40_000,
    "NULs": lambda: "\x00" * 1_000_000,
    "nothing": lambda: "",
}
"""Pages without a story: they must get a verdict, whichever it is."""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    made = Worker(preload=("scraper.extraction.extract",), rules_paths=())  # so that no page pays for the start
    yield made
    made.close()
    made.kill()


def extract_there(found: Page) -> Extraction:
    """The worker's task."""
    from scraper.extraction.extract import extract

    return extract(found, built_in_rules())


def read(worker: Worker, body: bytes, content_type: str = "text/html; charset=utf-8") -> Extraction:
    """The extraction of a page in a worker. Raises `ExtractError` past its deadline, and on any exception."""
    return worker.call(extract_there, page(body, content_type=content_type), DEADLINE_SECONDS)


def check_consistent(found: Extraction) -> None:
    """Fails unless the text agrees with the verdict, the verdict has evidence, and each position occurs once."""
    assert found.quality.evidence
    assert (found.article is None) <= (found.quality.verdict not in {"ok", "short", "paywall"})
    assert found.article is None or found.article.text.strip()
    positions = [removal.position for removal in (*found.removals, *found.chrome)]
    assert len(positions) == len(set(positions)) <= MAX_BLOCKS


@pytest.mark.parametrize("make", WHOLE.values(), ids=WHOLE.keys())
def test_the_story_is_extracted_from_hostile_markup(worker: Worker, make: Callable[[], str]) -> None:
    found = read(worker, make().encode("utf-8", "surrogatepass"))
    check_consistent(found)
    assert found.article is not None, found.quality
    assert FIRST in found.article.text
    assert LAST in found.article.text


@pytest.mark.parametrize("make", PART.values(), ids=PART.keys())
def test_the_beginning_of_the_story_is_extracted_from_endless_markup(worker: Worker, make: Callable[[], str]) -> None:
    found = read(worker, make().encode())
    check_consistent(found)
    assert found.article is not None, found.quality
    assert FIRST in found.article.text
    assert LAST in found.article.text or found.quality.verdict == "truncated"


VERDICTS: dict[str, str] = {
    "NULs": "empty",
    "links and nothing else": "listing",
    "cards and nothing else": "listing",
    "70,000 tiny blocks": "truncated",
    "400,000 empty elements": "truncated",
    "20 MB of one text node": "ok",
    "5 MB of plain paragraphs": "ok",
}


@pytest.mark.parametrize("name", SOME)
def test_a_page_without_a_story_gets_a_verdict(worker: Worker, name: str) -> None:
    found = read(worker, SOME[name]().encode())
    check_consistent(found)
    assert found.quality.verdict == VERDICTS.get(name, found.quality.verdict), found.quality
    if "paragraph" in name or "text node" in name:
        assert found.article is not None
        assert SENTENCE.strip() in found.article.text


CHARSETS: dict[str, tuple[str, str, str]] = {
    "none": ("text/html", "", "utf-8"),
    "none, and none given by windows-1252": ("text/html", "", "windows-1252"),
    "a codec that is no charset": ("text/html; charset=rot13", "", "utf-8"),
    "a codec that fails": ("text/html; charset=idna", "<meta charset=hex>", "utf-8"),
    "nonsense": ("text/html; charset=\x80klingon", "<meta charset=x-mac-none>", "utf-8"),
    "meta says latin-1, it is UTF-8": ("text/html", "<meta charset=iso-8859-1>", "utf-8"),
    "UTF-16 with its mark": ("text/html; charset=utf-8", "", "utf-16"),
}


@pytest.mark.parametrize(("content_type", "meta", "encoding"), CHARSETS.values(), ids=CHARSETS.keys())
def test_the_story_is_extracted_with_a_wrong_charset(
    worker: Worker, content_type: str, meta: str, encoding: str
) -> None:
    found = read(worker, in_article(STORY.replace("mayor", "maïor"), meta).encode(encoding), content_type)
    assert found.article is not None
    assert "said the maïor" in found.article.text


def test_the_story_is_extracted_despite_nuls_and_bad_bytes(worker: Worker) -> None:
    body = in_article(STORY).encode().replace(b"mayor", b"ma\x00yor").replace(b"month", b"mo\xffnth")
    article = read(worker, body).article
    assert article is not None
    assert FIRST in article.text
    assert LAST in article.text
    assert "\x00" not in article.text


def test_the_story_is_extracted_despite_lone_surrogates_in_json() -> None:
    line = json.dumps({"id": 1, "html": in_article(STORY.replace("mayor", "ma\ud800yor"))}).encode() + b"\n"
    assert b"\\ud800" in line
    [(_, text)] = clean_lines(read_lines(io.BytesIO(line), name="test", limit=1 << 20), jobs=1)
    answer = json.loads(text)
    assert answer["quality"] == "ok"
    assert FIRST in answer["text"]
    text.encode()


# --- Depth --------------------------------------------------------------------------------------------------------


def depth(markup: str) -> int:
    """Depth of properly nested divs."""
    deepest = now = 0
    for part in markup.split("<")[1:]:
        now += -1 if part.startswith("/") else 1
        deepest = max(deepest, now)
    return deepest


def test_nesting_is_limited_and_its_text_kept() -> None:
    found = limit_depth("<div>word" * MAX_UNCHECKED_TAGS + "</div>" * MAX_UNCHECKED_TAGS)
    assert found.count("word") == MAX_UNCHECKED_TAGS
    assert depth(found.replace("<br>", "")) <= MAX_NESTING_LEVELS
    assert "word<br><br>word" in found


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param("<p>a<p>b", id="paragraphs without an end"),
        pytest.param("<ul><li>a<li>b</ul>", id="list items without an end"),
        pytest.param("<table><tr><td>a<td>b<tr><td>c</table>", id="cells without an end"),
        pytest.param("<dl><dt>a<dd>b<dt>c</dl>", id="terms without an end"),
        pytest.param("<p><b>a<div>b</div>", id="a box in a paragraph"),
        pytest.param("<div>a<br>b<img src=x><hr></div>", id="elements that hold nothing"),
        pytest.param("<script>'<div><div>'</script><style><div></style><!-- <div> -->", id="what is no markup"),
        pytest.param("<svg><path d=x /><g><path d=y /></g></svg>", id="drawings"),
    ],
)
def test_a_long_page_that_is_not_deep_is_not_changed(unit: str) -> None:
    markup = "<main>" + unit * (MAX_UNCHECKED_TAGS // unit.count("<") + MAX_UNCHECKED_TAGS // 10) + "</main>"
    assert markup.count("<") > MAX_UNCHECKED_TAGS
    assert limit_depth(markup) == markup


@pytest.mark.parametrize(
    "doctype",
    [
        pytest.param('<!DOCTYPE html SYSTEM "about:legacy-compat">', id="legal in HTML"),
        pytest.param("<!DOCTYPE html SYSTEM 'html.dtd'>", id="a file"),
        pytest.param("<!DOCTYPE SYSTEM>", id="no name"),
        pytest.param('<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN">', id="public"),
    ],
)
def test_a_thin_page_ends_in_a_verdict_whatever_its_doctype(doctype: str) -> None:
    found = extract_html(f"{doctype}<title>Tide</title><p>The tide turned at noon, and nobody was there to see it.</p>")
    assert (found.quality.verdict, found.article and found.article.text[:8]) == ("short", "The tide")


@pytest.mark.parametrize(
    "fault", [SelectolaxError("no document"), AttributeError("none"), RecursionError(), IndexError(0)]
)
def test_a_page_on_which_a_fallback_raises_ends_in_the_next_witness(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(trafilatura, "bare_extraction", fail)
    body = json.dumps({"@type": "NewsArticle", "articleBody": "The tide turned at noon. " * 20})
    found = extract_html(f"<title>Tide</title><script type=application/ld+json>{body}</script><p>Tide.</p>")
    assert found.quality.verdict == "ok"


def test_trafilatura_is_asked_about_a_thin_page_and_not_about_one_without_any_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(trafilatura, "bare_extraction", lambda tree, **_: asked.append(tree))
    assert extract_html("<title>Tide</title><body><script>draw()</script></body>").quality.verdict == "empty"
    assert not asked
    assert extract_html("<title>Tide</title><p>Tide.</p>").quality.verdict != "ok"
    assert asked
