"""The store: rows that a visit writes, in real files."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.store.archive import Archive
from archive.store.columns import pack_blocks, plain, unpack_blocks
from scraper.errors import InputError
from scraper.types import BODY_KINDS, Block, Known, join_blocks
from tests.archive.schema.test_schema import check_index, matches
from tests.support.visits import BODY, OTHER, URL, article, hours, removal, rows, save, visit

NUMBERS = itertools.count()


def test_a_new_article_is_stored_completely(archive: Archive) -> None:
    blocks = (
        Block("heading", "What it costs", 2, level=2),
        Block("paragraph", "See the plan now.", 3, markup="See [the plan](https://herald.example/plan) now."),
        Block("list", "one", 4, level=1),
        Block("list", "two", 5, level=2),
        Block("caption", "The quay", 6, image="https://herald.example/q.jpg", credit="A. Quill"),
        Block("correction", "An earlier version said ten.", 7),
    )
    found = article(blocks=blocks, contributors=("The Wire",), free=True, tags=("a", "b"))
    gone = (removal(), removal("By Ada Quill", kind="byline", rule_id="byline.en", stage="element", position=1))
    assert save(archive, visit(found, removals=gone, verdict="short", body=b"\xff<html>" * 999)) == "new"
    stored = archive.article(URL)
    assert stored.article == found
    assert stored.article.text == "What it costs\n\nSee the plan now.\n\none\ntwo"
    assert (stored.words, stored.verdict, stored.revision, stored.source) == (9, "short", 1, "herald")
    assert archive.removals(stored.id) == (gone[1], gone[0])
    assert archive.body(stored.id) == b"\xff<html>" * 999
    assert rows(archive, "SELECT headers FROM pages") == [('[["content-type","text/html"]]',)]


def test_the_same_text_again_only_moves_last_seen(archive: Archive) -> None:
    save(archive, visit(article(), removals=(removal("Ad one"),), etag="1"))
    before = {table: rows(archive, f"SELECT * FROM {table}") for table in ("revisions", "removals", "pages")}
    assert save(archive, visit(article(), removals=(removal("Ad two"),), etag="2", at=hours(5)), 5) == "same"
    assert {table: rows(archive, f"SELECT * FROM {table}") for table in before} == before
    stored = archive.article("1")
    assert (stored.first_seen, stored.last_seen) == (hours(0), hours(5))
    assert archive.known([URL]) == {URL: Known("2", "", hours(5), due=False, own=URL, scheduled=True)}


def test_a_changed_text_is_a_new_revision_beside_the_old(archive: Archive) -> None:
    save(archive, visit(article(), removals=(removal("Ad one"),)))
    edited = article(*BODY[:2], "It will cost twelve million crowns.", "The mayor disagreed.", title="Costlier")
    assert save(archive, visit(edited, removals=(removal("Ad two"),), body=b"second"), 5) == "revised"
    first, second = archive.revisions(1)
    assert (first.text, first.title) == (article().text, "Harbour to be dredged")
    assert (second.text, second.title, second.added, second.removed) == (edited.text, "Costlier", 2, 1)
    assert archive.article("1").article == edited
    assert [gone.text for gone in archive.removals(1)] == ["Ad two"]
    assert rows(archive, "SELECT text FROM removals ORDER BY id") == [("Ad one",), ("Ad two",)]
    assert archive.body(1) == b"second"
    assert (matches(archive.db, "eleven"), matches(archive.db, "twelve")) == (0, 1)


def test_a_worse_text_is_refused_and_reported(archive: Archive) -> None:
    save(archive, visit(article()))
    assert save(archive, visit(article("Subscribe to read."), verdict="paywall", body=b"wall 1"), 5) == "worse"
    assert save(archive, visit(None, verdict="empty", body=b"wall 2"), 6) == "worse"
    assert archive.article("1").article == article()
    assert archive.article("1").last_seen == hours(6)
    assert archive.body(1) == b"<html>page</html>"
    assert [kind for (kind,) in rows(archive, "SELECT kind FROM events")] == ["worse", "worse"]
    assert rows(archive, "SELECT used, bytes FROM pages ORDER BY id") == [(1, 17), (0, 6)]
    assert save(archive, visit(article()), 7) == "same"


def test_a_page_without_an_article_fails_and_is_kept(archive: Archive) -> None:
    assert save(archive, visit(None, verdict="listing", body=b"a list")) == "failed"
    assert rows(archive, "SELECT state, error, article_id FROM links") == [("failed", "no-article", None)]
    assert rows(archive, "SELECT used, article_id FROM pages") == [(0, None)]
    assert save(archive, visit(article()), 20) == "new"
    assert rows(archive, "SELECT state, error, attempts FROM links") == [("done", "", 0)]


def test_the_same_text_on_another_site_is_kept_and_linked(archive: Archive) -> None:
    save(archive, visit(article()))
    assert save(archive, visit(article(url=OTHER), url=OTHER)) == "duplicate"
    assert archive.article(OTHER).duplicate_of == archive.article(URL).id
    third = "https://bay.example/harbour"
    save(archive, visit(article(url=third), url=third))
    assert archive.article(third).duplicate_of == 1
    assert archive.article(third).article.site == "bay.example"
    assert rows(archive, "SELECT host FROM articles ORDER BY id") == [
        ("herald.example",),
        ("coast.example",),
        ("bay.example",),
    ]


def test_an_edited_duplicate_is_no_longer_a_duplicate(archive: Archive) -> None:
    save(archive, visit(article()))
    save(archive, visit(article(url=OTHER), url=OTHER))
    assert save(archive, visit(article(*BODY, "Our own ending.", url=OTHER), url=OTHER)) == "revised"
    assert archive.article(OTHER).duplicate_of is None
    assert save(archive, visit(article(url=OTHER), url=OTHER)) == "revised"
    assert archive.article(OTHER).duplicate_of == 1


def test_equal_short_texts_are_not_duplicates(archive: Archive) -> None:
    save(archive, visit(article("Video")))
    assert save(archive, visit(article("Video", url=OTHER), url=OTHER)) == "new"


def test_one_article_is_found_by_all_its_addresses(archive: Archive) -> None:
    asked, landed = "https://herald.example/a?from=feed", "https://herald.example/amp/a"
    save(archive, visit(article(), url=asked, final_url=landed, etag="x"))
    assert {archive.article(ref).id for ref in ("1", URL, asked, landed)} == {1}
    known = archive.known([URL, asked, landed, "https://herald.example/b"])
    assert {url: item.etag for url, item in known.items()} == {asked: "x", landed: "x", URL: ""}
    assert save(archive, visit(article(), url=URL), 1) == "same"
    assert rows(archive, "SELECT count(*) FROM articles") == [(1,)]


def test_an_article_that_moves_to_another_url_stays_one_article(archive: Archive) -> None:
    save(archive, visit(article(), url=URL))
    moved = "https://herald.example/2026/harbour-will-be-dredged"
    edited = article(*BODY, "More.", url=moved, title="Harbour will be dredged")
    assert save(archive, visit(edited, url=URL, final_url=moved), 1) == "revised"
    assert archive.article(moved).id == archive.article(URL).id == 1
    assert save(archive, visit(edited, url=moved), 2) == "same"


def test_a_link_to_another_story_each_day_makes_one_article_each(archive: Archive) -> None:
    latest = "https://herald.example/latest"
    save(archive, visit(article(), url=latest, final_url=URL))
    second = "https://herald.example/2026/storm"
    assert save(archive, visit(article("A storm came.", url=second), url=latest, final_url=second), 1) == "new"
    assert (archive.article(URL).id, archive.article(second).id, archive.article(latest).id) == (1, 2, 2)


def test_characters_that_sqlite_cannot_store_are_replaced_one_for_one(archive: Archive) -> None:
    found = article("a\0b\ud800c", "d", title="\udfff", authors=("\0",), url="https://herald.example/\ud800")
    save(archive, visit(found, url="https://herald.example/\ud800", removals=(removal("\ud801"),)))
    stored = archive.article("1")
    assert [block.text for block in stored.article.blocks] == ["a\ufffdb\ufffdc", "d"]
    assert (stored.article.title, archive.removals(1)[0].text) == ("\ufffd", "\ufffd")
    assert save(archive, visit(found, url="https://herald.example/\ud800")) == "same"


def test_a_clock_set_back_breaks_nothing(archive: Archive) -> None:
    save(archive, visit(article()), 5)
    assert save(archive, visit(article()), 1) == "same"
    assert save(archive, visit(article(*BODY, "More.")), 1) == "revised"
    assert archive.article("1").last_seen == hours(5)


@pytest.mark.parametrize("ref", ["2", "0", "-1", "99999999999999999999", "https://nowhere.example/", "", "\ud800", "²"])
def test_an_unknown_article_is_an_input_error(archive: Archive, ref: str) -> None:
    save(archive, visit(article()))
    with pytest.raises(InputError, match="no article"):
        archive.article(ref)


TEXTS = st.text(st.characters(), max_size=12)
BLOCKS = st.builds(
    Block,
    kind=st.sampled_from(["heading", "paragraph", "list", "quote", "table", "code", "caption", "correction"]),
    text=TEXTS,
    position=st.integers(0, 9),
    markup=TEXTS,
    level=st.integers(0, 6),
    image=TEXTS,
    credit=TEXTS,
    source=st.just(""),
    marker=st.just(""),
)


@given(st.lists(BLOCKS, max_size=8).map(tuple))
def test_blocks_load_as_they_were_saved(blocks: tuple[Block, ...]) -> None:
    text = plain(join_blocks(tuple(block for block in blocks if block.kind in BODY_KINDS)))
    clean = tuple(
        b._replace(text=plain(b.text), markup=plain(b.markup), image=plain(b.image), credit=plain(b.credit))
        for b in blocks
    )
    assert unpack_blocks(pack_blocks(blocks, text), text) == clean


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(BLOCKS, min_size=1, max_size=6).map(tuple), TEXTS, st.binary(max_size=50))
def test_any_article_loads_as_it_was_saved(
    archive: Archive, blocks: tuple[Block, ...], title: str, body: bytes
) -> None:
    url = f"https://herald.example/{next(NUMBERS)}"
    save(archive, visit(article(url=url, title=title, blocks=blocks), url=url, body=body))
    stored = archive.article(url)
    assert (stored.article.text, stored.article.title) == (
        plain(join_blocks(article(blocks=blocks).body)),
        plain(title),
    )
    assert archive.body(stored.id) == body
    check_index(archive.db)


def test_the_claim_of_an_amp_copy_does_not_replace_a_known_url(archive: Archive) -> None:
    save(archive, visit(article(url=OTHER), url=OTHER))
    save(archive, visit(article("Another text, longer by a word or two, so that nothing is alike.", amp_url=OTHER)))
    assert rows(archive, "SELECT url FROM aliases") == []
    save(archive, visit(article("Another text, longer by a word or two, so that all is new.", amp_url=OTHER + "/amp")))
    assert rows(archive, "SELECT url, kind FROM aliases") == [(OTHER + "/amp", "canonical")]
    assert archive.known([OTHER + "/amp"])[OTHER + "/amp"].due is False
