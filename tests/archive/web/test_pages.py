"""Our pages in Datasette: what each shows of an archive."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from archive.store.archive import Archive
from archive.store.columns import iso
from archive.web.health import read_health
from scraper.types import Block
from tests.support.datasette_app import PAGES, serving
from tests.support.gallery import MORE, PROMO, SCRIPT
from tests.support.visits import BODY, START, article, hours, removal, visit


def test_the_front_page_counts_articles_by_day_and_site_and_removals_by_kind(live: httpx.Client) -> None:
    page = live.get("/").text
    assert f"Mill burns, report {MORE - 1}" in page
    assert 'aria-label="Articles per day, ' in page
    assert re.search(rf"post\.example</a></th>.*>{MORE}</td>", page)
    assert re.search(rf"newsletter sign-ups</a></th>.*>{MORE + 1}</td>", page)
    assert "/-/article/1/changes/2" in page


def test_an_article_shows_every_kind_of_block(live: httpx.Client) -> None:
    page = live.get("/-/article/1?revision=1").text
    for part in (
        '<a href="https://port.example/vote" rel="noopener noreferrer">port authority</a>',
        "<h2>What it costs</h2>",
        '<li class="depth-2">A new quay</li>',
        '<th scope="col">Payer</th><th scope="col">Crowns</th>',
        '<th scope="row">County</th><td>5,500,000</td>',
        "<blockquote><p>We waited two winters for this.</p></blockquote>",
        '<pre tabindex="0"><code>for ship in harbour:\n    wait(ship)</code></pre>',
        '<a href="https://social.example/p/1"',
        'aria-label="Correction"><p>An earlier version misstated the cost.</p>',
        '<a href="https://herald.example/ingrid.jpg"',
        "Per Aas",
        "By</span> Ada Quill, José Ríos",
        "This is revision 1",
    ):
        assert part in page
    assert page.count("The trawler Ingrid on the sandbank.") == 1  # a caption is in the ledger too


def test_a_standfirst_is_shown_in_the_place_of_the_description_unless_the_text_repeats_it(tmp_path: Path) -> None:
    pytest.importorskip("datasette")
    line, note = "Work takes two winters, and the county pays.", "Ada Quill writes about ports."
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        archive.start_run(at=START, sources="x")
        for number, standfirst in enumerate((line, BODY[0][:60])):
            url = f"https://herald.example/{number}"
            texts = (Block("paragraph", text, place) for place, text in enumerate(BODY, 2))
            found = article(url=url, blocks=(Block("standfirst", standfirst, 1), *texts, Block("note", note, 9)))
            archive.save(visit(found, url=url, removals=(removal(note, kind="author-box"),)), run=1, at=START)
    with serving(tmp_path / "a.db") as url, httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
        own, copied = (client.get(f"/-/article/{number}").text for number in (1, 2))
    assert (own.count('class="dek"'), own.count(line), own.count("Work begins in spring.")) == (1, 1, 0)
    assert (copied.count('class="dek"'), copied.count(BODY[0][:60]), copied.count("Work begins in spring.")) == (
        1,
        1,
        1,
    )
    assert own.count(note) == copied.count(note) == 1  # as a removed block


def test_no_page_loads_anything_but_its_stylesheet_and_icon(live: httpx.Client) -> None:
    for address_ in PAGES:
        page = live.get(address_).text
        loaded = re.findall(r"<(?:link|img|script|iframe|video|audio|source|object|embed)\b[^>]*>", page)
        loaded = [tag for tag in loaded if 'rel="alternate"' not in tag]  # feeds: named, not loaded
        assert [re.sub(r"-\w{12}\.css", ".css", tag) for tag in loaded] == [
            '<link rel="stylesheet" href="/-/cuttings/cuttings.css">',
            '<link rel="icon" href="/favicon.ico">',
        ]
        assert " style=" not in page


def test_removed_blocks_stand_in_place_with_rule_kind_and_reason(live: httpx.Client) -> None:
    page = live.get("/-/article/1?revision=1&removed=1").text
    assert 'id="removed" checked' in page
    assert "checked" not in live.get("/-/article/1?revision=1").text
    order = [page.index(text) for text in (BODY[1], "What it costs", "Read our other harbour stories", BODY[2])]
    assert order == sorted(order)
    assert page.index(f"<del>{PROMO}</del>") < page.index(BODY[1])
    assert (
        "<b>newsletter</b> <span>an invitation to sign up for a newsletter</span> <code>newsletter.signup.en</code>"
        in page
    )
    assert "a rule that is not built in</span> <code>mine.harbour</code>" in page


def test_an_article_links_to_its_history_and_its_duplicates(live: httpx.Client) -> None:
    page = live.get("/-/article/1").text
    assert "/-/article/1/changes/2" in page
    assert "/-/article/2" in page
    assert "A worse text was rejected" in page
    assert '<article class="reading" lang="ar" dir="rtl">' in live.get("/-/article/4").text


def test_differences_are_also_marked_in_words(live: httpx.Client) -> None:
    page = live.get("/-/article/1/changes/2").text
    assert '<del><span class="unseen">[removed: </span>eleven<span class="unseen">]</span></del>' in page
    assert '<ins><span class="unseen">[added: </span>twelve<span class="unseen">]</span></ins>' in page
    assert "<ins>Nobody had expected it.</ins>" in page
    assert '<ins><span class="unseen">[added: </span> in May' in page


@pytest.mark.parametrize(
    "address_",
    [
        "/-/article/999",
        "/-/article/0",
        "/-/article/" + "9" * 18,
        "/-/article/1?revision=9",
        "/-/article/1/changes/1",
        "/-/article/1/changes/7",
        "/-/cuttings/other.css",
    ],
)
def test_a_missing_article_gives_a_page_that_says_so(live: httpx.Client, address_: str) -> None:
    answer = live.get(address_)
    assert answer.status_code == 404
    assert "my news.db" not in answer.text  # no path of this machine


def test_a_search_marks_words_counts_sites_and_orders_by_date(live: httpx.Client) -> None:
    page = live.get("/-/search", params={"q": "mill", "order": "date"}).text
    assert f"{MORE} articles" in page
    assert "<mark>mill</mark>" in page
    titles = re.findall(r"report (\d+)</a></h3>", page)
    assert titles == [str(number) for number in range(MORE - 1, MORE - 21, -1)]
    assert "<mark>" in live.get("/-/search", params={"q": "author:quill fishermen site:herald.example"}).text


def test_a_search_without_hits_suggests_a_corrected_query(live: httpx.Client) -> None:
    page = live.get("/-/search", params={"q": "dreged fishermen", "until": "2026-12-01"}).text
    assert 'Did you mean <a href="/-/search?q=dredged+fishermen&amp;until=2026-12-01">dredged fishermen</a>?' in page
    assert "Did you mean" not in live.get("/-/search", params={"q": "xqzw"}).text


def test_articles_with_some_of_the_words_stand_under_a_heading_of_their_own(live: httpx.Client) -> None:
    page = live.get("/-/search", params={"q": "dredged xqzw fishermen"}).text
    full, heading, partial = page.partition('<h2 id="partial">With some of the words</h2>')
    assert heading
    assert "No article has all of the words" in full
    assert "<mark>dredged</mark>" in partial
    assert 'id="partial"' not in live.get("/-/search", params={"q": "mill"}).text


def test_an_unknown_operator_is_told(live: httpx.Client) -> None:
    page = live.get("/-/search", params={"q": "foo:bar dredged since:soon"}).text
    assert "<code>foo:</code> is no operator" in page
    assert "<code>since:soon</code> has no date" in page


def test_the_pages_of_a_search_show_each_hit_once(live: httpx.Client) -> None:
    for order in ("rank", "date"):
        seen: list[str] = []
        for number in (1, 2, 3, 4):
            seen += re.findall(
                r"report (\d+)</a></h3>",
                live.get("/-/search", params={"q": "mill", "order": order, "page": str(number)}).text,
            )
        assert sorted(map(int, seen)) == list(range(MORE))


def test_without_words_a_search_page_lists_the_newest_articles(live: httpx.Client) -> None:
    page = live.get("/-/search", params={"site": "post.example", "since": "2026-11-17", "until": "2026-11-17"}).text
    assert re.findall(r"report (\d+)</a></h3>", page) == ["44", "43", "42"]


def test_the_dates_of_a_search_can_be_months_and_years(live: httpx.Client) -> None:
    page = live.get("/-/search", params={"since": "2026-11", "until": "2026"}).text
    assert 'value="2026-11-01"' in page
    assert 'value="2026-12-31"' in page


@pytest.mark.parametrize(
    "values",
    [
        {"page": "-1"},
        {"page": "x"},
        {"page": "9" * 30},
        {"since": "soon"},
        {"until": "2026-99-99"},
        {"order": "odd"},
        {"since": "0001-01-01", "until": "9999-12-31"},
    ],
)
def test_a_search_page_ignores_invalid_parameters(live: httpx.Client, values: dict[str, str]) -> None:
    assert live.get("/-/search", params={"q": "mill", **values}).status_code == 200


def test_boilerplate_is_counted_and_filtered_by_site_and_kind(live: httpx.Client) -> None:
    page = live.get("/-/boilerplate").text
    assert re.search(rf"<b>{MORE}</b> <span>articles</span>", page)
    assert "/-/article/49?removed=1" in page
    assert PROMO in live.get("/-/boilerplate", params={"site": "post.example", "kind": "newsletter"}).text
    assert PROMO not in live.get("/-/boilerplate", params={"site": "post.example", "kind": "ad"}).text
    assert live.get("/-/boilerplate", params={"site": SCRIPT, "kind": SCRIPT}).status_code == 200


def test_health_shows_runs_failures_and_shares(live: httpx.Client) -> None:
    page = live.get("/-/health").text
    row = page[page.index(">post</a>") :]
    row = row[: row.index("</tr>")]
    assert f"Last 2 runs: {MORE} articles archived, 2 failed; in the last run 0 archived, 2 failed" in row
    assert "1 link" in row
    assert "1 gone" in row
    assert "timeout 1" in row
    failing = page[page.index('id="failing"') :]
    assert re.search(r'<td data-name="Why">timeout[^<]*</td>\s*<td data-name="Since">21 Nov 2026', failing)
    assert re.search(r'With author" class="number">0%', row)


def test_health_shows_the_last_scrape_even_if_another_command_ran_later(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        assert read_health(archive).last_run is None
        scraped = archive.start_run(at=START, sources="sources.toml")
        archive.finish_run(scraped, at=hours(1), counts={})
        for later in ("restore", "reextract"):
            archive.finish_run(archive.start_run(at=hours(2), sources=later), at=hours(3), counts={})
        assert read_health(archive).last_run == (iso(START), iso(hours(1)))
        archive.start_run(at=hours(4), sources="sources.toml")
        assert read_health(archive).last_run == (iso(hours(4)), None)


def test_a_page_of_changes_counts_only_what_changed(live: httpx.Client, path: Path) -> None:
    page = " ".join(live.get("/-/article/1/changes/2").text.split())
    assert re.search(
        r"UTC\. (\d paragraphs? (edited|added|removed)|\d (edited|added|removed)|, )*; the headline changed\.</p>", page
    ), page[:2000]
    assert not re.search(r"\b0 (paragraphs|edited|added|removed)", page)
