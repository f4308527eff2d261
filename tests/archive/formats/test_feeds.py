"""Atom and JSON Feed, read back by feedparser and json; and blocks as HTML."""

from __future__ import annotations

import io
import json
from typing import Any

import feedparser
import pytest
from lxml import etree

from archive.formats.html_body import body_html, safe_url
from archive.store.archive import Archive
from scraper.types import Block
from tests.support.commands import run
from tests.support.visits import START, article, hours, visit

BLOCKS = (
    Block("heading", "What it costs", 0, level=3),
    Block("paragraph", "See x.", 1, markup="See [**x**](https://herald.example/x?a=1&b=ä|) and [y](javascript:alert)."),
    Block("paragraph", "5 < 6 & \x0bso\non", 2),
    Block("quote", "We waited.", 3),
    Block("list", "one", 4, level=1, marker="1."),
    Block("list", "in", 5, level=2),
    Block("list", "more", 6, level=1, marker="continued"),
    Block("list", "two", 7, level=1, marker="2."),
    Block("table", "Pier | Tons", 8, marker="head"),
    Block("table", "A | 3", 9),
    Block("code", "a < b", 10),
    Block("caption", "The quay", 11),
    Block("embed", "Look!", 12, source="https://post.example/1"),
)
HTML = """\
<h3>What it costs</h3>
<p>See <a href="https://herald.example/x?a=1&amp;b=%C3%A4%7C" rel="noopener noreferrer"><strong>x</strong></a> and [y](javascript:alert).</p>
<p>5 &lt; 6 &amp; \ufffdso<br/>
on</p>
<blockquote><p>We waited.</p></blockquote>
<ol><li value="1">one<ul><li>in</li></ul><p>more</p></li><li value="2">two</li></ol>
<table><tr><th>Pier</th><th>Tons</th></tr><tr><td>A</td><td>3</td></tr></table>
<pre><code>a &lt; b</code></pre>
<p><em>The quay</em></p>
<blockquote><p>Look! <a href="https://post.example/1">post.example</a></p></blockquote>"""


def feed(archive: Archive, form: str, *options: str) -> Any:
    """What a reader finds in a feed."""
    result = run("export", "--format", form, "--db", str(archive.path), *options)
    assert result.exit_code == 0, result.output
    if form == "jsonfeed":
        return json.loads(result.stdout)
    found = feedparser.parse(io.BytesIO(result.stdout_bytes))
    assert not found.bozo
    return found


def add(archive: Archive, number: int, *paragraphs: str, **changes: Any) -> None:
    url = f"https://coast.example/{number}"
    archive.save(visit(article(*paragraphs, url=url, **changes), url=url), run=1, at=hours(number))


@pytest.fixture
def archive(archive: Archive) -> Archive:
    archive.start_run(at=START, sources="x")
    add(archive, 1, "The ferry sailed.", title="First\x0b & <b>best</b>", published=hours(1))
    add(archive, 2, "The ferry sank.", title="Second", published=hours(2), authors=(), language="de")
    return archive


def test_every_kind_of_block_becomes_its_element() -> None:
    found = article(blocks=BLOCKS)
    assert body_html(found, {block.kind for block in BLOCKS}) == HTML
    etree.fromstring(f"<div>{HTML}</div>")


def test_a_reader_of_atom_finds_the_newest_first_with_all_facts(archive: Archive) -> None:
    second, first = feed(archive, "atom").entries
    assert (first.title, second.title) == ("First\ufffd & <b>best</b>", "Second")
    assert first.link == "https://coast.example/1"
    assert [author.name for author in first.authors] == ["Ada Quill", "José Ríos"]
    assert [author.name for author in second.authors] == ["coast.example"]
    assert [tag.term for tag in first.tags] == ["Local", "harbour"]
    assert first.summary == "Work begins in spring."
    assert first.content[0].value == "<p>The ferry sailed.</p>"
    assert first.content[0].type == "text/html"
    assert second.content[0].language == "de"
    assert first.published == "2026-11-20T07:00:00Z"


def test_json_feed_says_the_same(archive: Archive) -> None:
    atom, found = feed(archive, "atom"), feed(archive, "jsonfeed")
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in found["items"]] == [entry.id for entry in atom.entries]
    assert [item["date_modified"] for item in found["items"]] == [entry.updated for entry in atom.entries]
    assert found["items"][0] == {
        "id": atom.entries[0].id,
        "url": "https://coast.example/2",
        "title": "Second",
        "content_html": "<p>The ferry sank.</p>",
        "summary": "Work begins in spring.",
        "date_published": "2026-11-20T08:00:00Z",
        "date_modified": "2026-11-20T08:00:00Z",
        "tags": ["Local", "harbour"],
        "language": "de",
    }


def test_ids_stay_and_updated_moves_only_with_a_revision(archive: Archive) -> None:
    before = feed(archive, "atom")
    url = "https://coast.example/1"
    title = before.entries[1].title.replace("\ufffd", "\x0b")
    same = article("The ferry sailed.", url=url, title=title, published=hours(1))
    assert archive.save(visit(same, url=url), run=1, at=hours(5)) == "same"
    seen = feed(archive, "atom")
    assert [entry.updated for entry in seen.entries] == [entry.updated for entry in before.entries]
    edited = article("The ferry sailed.", "It came back.", url=url, title="First again", published=hours(1))
    archive.save(visit(edited, url=url), run=1, at=hours(6))
    after = feed(archive, "atom")
    assert [entry.id for entry in after.entries] == [entry.id for entry in before.entries]
    assert after.feed.id == before.feed.id != feed(archive, "atom", "--site", "coast.example").feed.id
    assert [entry.updated for entry in after.entries] == ["2026-11-20T08:00:00Z", "2026-11-20T12:00:00Z"]
    assert after.feed.updated == "2026-11-20T12:00:00Z"


def test_a_feed_holds_fifty_entries_unless_told(archive: Archive) -> None:
    for number in range(3, 60):
        add(archive, number, f"Ferry {number}.", published=hours(number))
    links = [entry.link.rpartition("/")[2] for entry in feed(archive, "atom").entries]
    assert links == [str(number) for number in range(59, 9, -1)]
    assert len(feed(archive, "jsonfeed", "--newest", "57")["items"]) == 57
    assert len(feed(archive, "atom", "--query", "sank").entries) == 1


def test_a_feed_of_nothing_is_valid(archive: Archive) -> None:
    found = feed(archive, "atom", "--since", "2030")
    assert (found.entries, found.feed.updated) == ([], "1970-01-01T00:00:00Z")
    assert feed(archive, "jsonfeed", "--query", "+++")["items"] == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://b.example/a b", "https://b.example/a%20b"),
        ("https://b.example/100%?q=[1]", "https://b.example/100%25?q=%5B1%5D"),
        ("https://münchen.example:99/ü#a#b", "https://xn--mnchen-3ya.example:99/%C3%BC#a%23b"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("mailto:", ""),
        ("https://user:word@b.example/", ""),
        ("http://exa mple/", ""),
        ("javascript:alert(1)", ""),
        ("//b.example/", ""),
    ],
)
def test_a_link_is_escaped_or_dropped(address: str, expected: str) -> None:
    assert safe_url(address) == expected
