"""Changes in the pages: who may make them, and what they do. A server of its own, whose archive is written to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import feedparser
import httpx
import pytest

from archive.store.archive import Archive
from archive.store.lock import locked
from archive.web.access import Access, new_access
from archive.web.server import Place
from tests.support.datasette_app import ask, serving_to_owner
from tests.support.gallery import PROMO, build
from tests.support.visits import rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    pytest.importorskip("datasette")
    return build(tmp_path / "gallery.db")


@pytest.fixture
def owner(path: Path) -> Iterator[httpx.Client]:
    """A browser that opened the printed address."""
    with (
        serving_to_owner(path) as (url, own),
        httpx.Client(base_url=url, trust_env=False, timeout=20, follow_redirects=True) as client,
    ):
        opened = client.get(own)
        assert "This browser may now restore" in opened.text
        yield client


def token(client: httpx.Client) -> str:
    """The token of the forms that this client's pages have."""
    return re.findall(r'name="token" value="(\w+)"', client.get("/-/article/1").text)[0]


def post(client: httpx.Client, action: str, **fields: str) -> httpx.Response:
    return client.post(f"/-/feedback/{action}", data={"token": token(client), **fields})


def test_a_reader_stars_tags_and_notes_an_article(owner: httpx.Client) -> None:
    assert "Star this article" in owner.get("/-/article/2").text
    page = post(owner, "star", article="2", on="1").text
    assert "Take the star away" in page
    assert '<p class="said" role="status">Starred.' in page
    assert "Tags saved." in post(owner, "tags", article="2", tags="budget, <b>").text
    page = post(owner, "note", article="2", note="Why <i>two</i> winters?\nAsk.").text
    assert "Why &lt;i&gt;two&lt;/i&gt; winters?\nAsk.</textarea>" in page
    assert 'href="/-/search?tag=%3Cb%3E">&lt;b&gt;</a>' in page
    starred = feedparser.parse(owner.get("/-/cuttings/feed.atom?starred=1").content)
    assert len(starred.entries) == 2
    assert "Star this article" in post(owner, "star", article="2").text


def test_a_reader_restores_a_block_and_removes_it_again(owner: httpx.Client, path: Path) -> None:
    assert 'aria-label="Restore block 1"' in owner.get("/-/article/1?removed=1").text
    page = post(owner, "restore", article="1", block="1").text
    assert "Block restored. Later runs keep it." in page
    for address in ("/", "/-/article/1", "/-/article/1/changes/3"):
        assert "block restored by a reader" in owner.get(address).text
    assert f"<p>{PROMO}</p>" in page
    marking = owner.get("/-/article/1?mark=1").text
    assert "Mark as boilerplate" in marking
    assert f"Mark as boilerplate: {PROMO[:20]}" not in marking
    page = post(owner, "restore", article="1", block="1", undo="1").text
    assert f"<p>{PROMO}</p>" not in page
    with Archive.open(path) as archive:
        found = rows(archive, "SELECT sources, counts FROM runs ORDER BY id DESC LIMIT 2")
    assert found == [("restore", '{"restored": 0, "undone": 1}'), ("restore", '{"restored": 1, "undone": 0}')]


def test_a_refused_change_says_why_and_leaves_nothing(owner: httpx.Client, path: Path) -> None:
    answer = post(owner, "restore", article="1", block="99")
    assert (answer.status_code, "there is no block 99" in answer.text) == (409, True)
    assert "no article 999" in post(owner, "star", article="999", on="1").text
    assert "no number &#39;article&#39;" in post(owner, "note", article="x").text
    assert "61 characters" in post(owner, "tags", article="1", tags="x" * 61).text
    with Archive.open(path) as archive:
        assert rows(archive, "SELECT count(*) FROM runs") == [(2,)]


def test_while_a_run_writes_stars_are_saved_and_blocks_wait(owner: httpx.Client, path: Path) -> None:
    with locked(path):
        assert "another run holds the lock" in post(owner, "restore", article="1", block="1").text
        assert "Starred." in post(owner, "star", article="2", on="1").text


def test_a_search_is_saved_and_followed_and_deleted(owner: httpx.Client) -> None:
    assert "Save this search" not in owner.get("/-/search").text
    page = owner.get("/-/search?q=harbour&language=en").text
    (search,) = re.findall(r'name="search" value="([^"]+)"><?\s*', page.partition("Save this search")[2])[:1]
    saved = post(owner, "save-search", name="Ports", search=search.replace("&amp;", "&"))
    assert str(saved.url).endswith("/-/search?q=harbour&language=en&said=search-saved")
    (number,) = re.findall(r'feed\.atom\?saved=(\d+)" type="[^"]+" aria-label="Atom feed of Ports"', saved.text)
    feed = feedparser.parse(owner.get(f"/-/cuttings/feed.atom?saved={number}").content)
    assert (feed.feed.title, len(feed.entries)) == ("Cuttings: Ports", 2)
    assert "Ports" not in post(owner, "delete-search", search=number).text
    assert owner.get(f"/-/cuttings/feed.atom?saved={number}").status_code == 404


FORM = {"article": "2", "on": "1"}
ATTACKS = {
    "without the cookie": {"cookies": False},
    "without the token": {"token": ""},
    "with the cookie for a token": {"token": "cookie"},
    "from another site": {"headers": {"sec-fetch-site": "cross-site"}},
    "from another port": {"headers": {"sec-fetch-site": "same-site"}},
    "as text": {"headers": {"content-type": "text/plain"}},
    "too large": {"note": "x" * 200_000},
    "by GET": {"method": "GET"},
    "by PUT": {"method": "PUT"},
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_change_without_cookie_and_token_is_refused(owner: httpx.Client, path: Path, attack: str) -> None:
    how = ATTACKS[attack]
    own = token(owner)
    name = next(iter(owner.cookies.keys()))
    sent = how.get("token", own)
    data = FORM | {"token": owner.cookies[name] if sent == "cookie" else str(sent), "note": str(how.get("note", ""))}
    if how.get("cookies") is False:
        owner.cookies.clear()
    method = str(how.get("method", "POST"))
    headers = how.get("headers", {})
    assert isinstance(headers, dict)
    answer = owner.request(
        method,
        "/-/feedback/star",
        headers=headers,
        **({"params": data} if method == "GET" else {"data": data}),  # type: ignore[arg-type]
    )
    assert answer.status_code in (400, 403, 405)
    with Archive.open(path) as archive:
        assert rows(archive, "SELECT article_id FROM stars") == [(1,)]


def test_pages_are_read_only_without_the_cookie(owner: httpx.Client) -> None:
    own = token(owner)
    owner.cookies.clear()
    for address in ("/-/article/1?removed=1", "/-/search?q=mill", "/"):
        page = owner.get(address).text
        assert "<form" not in page.replace('<form class="find', "").replace('<form class="filters', "")
        assert own not in page
        assert "Read-only view" in page
    assert owner.get("/-/feedback?token=wrong").status_code == 403
    assert not owner.cookies


def test_the_cookie_is_kept_from_scripts_and_other_sites(path: Path) -> None:
    with serving_to_owner(path) as (_, own), httpx.Client(trust_env=False, timeout=20) as client:
        cookie = client.get(own).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize("place", [Place(), Place("0.0.0.0")], ids=["plain Datasette", "open to a network"])
def test_a_server_without_a_secret_is_read_only(path: Path, place: Place) -> None:
    assert ask(path, "/-/feedback?token=", place=place).status_code == 403
    assert "Star this article" not in ask(path, "/-/article/1", place=place).text


def test_each_server_has_secrets_of_its_own() -> None:
    first, second = new_access(), new_access()
    values = [value for one in (first, second) for value in (one.cookie_name, one.cookie, one.token, one.secret)]
    assert len(set(values)) == len(values)
    assert Access("a").token == Access("a").token
