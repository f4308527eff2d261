"""Marking a kept block as boilerplate: the rule shown with its effect, written, and applied to stored pages."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from archive.learning.marking import propose_marked
from archive.learning.rule_files import own_rules_path, read_rules
from archive.store.archive import Archive
from archive.web.marking import read_preview
from scraper.errors import InputError
from scraper.extraction.extract import extract
from scraper.rules.loader import built_in_rules
from scraper.types import Fetched, Link, Page
from tests.support.commands import run
from tests.support.datasette_app import serving_to_owner
from tests.support.visits import START, rows

LINE: Final = "Rosa Lind tells more about tides in the reading room of the museum."
SUBJECTS: Final = ("ferry", "mill", "bridge")


def page_of(subject: str) -> Page:
    """An article with a line that repeats on the site and that no built-in rule removes."""
    told = [
        f"The {subject} of Westmark was closed on {day} after {number} people had complained to the council about it."
        for number, day in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"), start=4)
    ]
    paragraphs = "".join(f"<p>{text}</p>" for text in (*told[:3], LINE, *told[3:]))
    body = f"<html lang='en'><head><title>The {subject} closes</title></head><body><article><h1>The {subject} closes</h1>{paragraphs}</article></body></html>"
    url = f"https://herald.example/{subject}"
    return Page(url, url, 200, (("content-type", "text/html"),), body.encode(), START)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three extracted pages."""
    path = tmp_path_factory.mktemp("marking") / "a.db"
    with Archive.open(path, create=True) as archive:
        number = archive.start_run(at=START, sources="x")
        for subject in SUBJECTS:
            page = page_of(subject)
            archive.save(Fetched(Link(page.url, "herald"), page, extract(page, built_in_rules())), run=number, at=START)
        archive.finish_run(number, at=START, counts={})
    return path


@pytest.fixture
def path(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(filled, tmp_path / "a.db"))


@pytest.fixture
def owner(path: Path) -> Iterator[httpx.Client]:
    pytest.importorskip("datasette")
    with (
        serving_to_owner(path) as (url, own),
        httpx.Client(base_url=url, trust_env=False, timeout=30, follow_redirects=True) as client,
    ):
        client.get(own)
        yield client


def texts(path: Path) -> list[str]:
    with Archive.open(path) as archive:
        return [text for (text,) in rows(archive, "SELECT text FROM articles ORDER BY id")]


def position(path: Path, text: str = LINE) -> int:
    with Archive.open(path) as archive:
        return next(block.position for block in archive.article("1").article.body if block.text == text)


def test_a_block_is_marked_in_the_pages(owner: httpx.Client, path: Path) -> None:
    article = owner.get("/-/article/1?mark=1").text
    (link,) = re.findall(r'href="([^"]+)" aria-label="Mark as boilerplate: Rosa Lind tells', article)
    assert 'aria-label="Mark as' not in owner.get("/-/article/1").text
    preview = owner.get(link.replace("&amp;", "&")).text
    assert "the block is in 3 of 3 articles of the site" in preview
    assert preview.count("removes the block") == 3
    assert "also removes" not in preview
    assert not own_rules_path(path).exists()
    assert all(LINE in text for text in texts(path))
    fields = dict(re.findall(r'name="(token|article|position|kind)" value="([^"]*)"', preview.partition("The rule")[2]))
    said = owner.post("/-/feedback/mark", data=fields).text
    assert "Rule written, and this article extracted again with it." in said
    assert f"<del>{LINE}</del>" in said
    assert not any(LINE in text for text in texts(path))


def test_the_rule_is_one_of_the_site_with_its_hit(owner: httpx.Client, path: Path) -> None:
    token = re.findall(r'name="token" value="(\w+)"', owner.get("/-/article/1").text)[0]
    fields = {"token": token, "article": "1", "position": str(position(path)), "kind": "related"}
    owner.post("/-/feedback/mark", data=fields)
    (rule,) = tomllib.loads(own_rules_path(path).read_text("utf-8"))["rule"]
    assert (rule["hosts"], rule["hit"], rule["kind"]) == (["herald.example"], [LINE], "related")
    assert rule["why"] == "marked by a reader: the same in 3 articles of the site"
    assert run("rules", "check", str(own_rules_path(path))).exit_code == 0
    assert "0 texts would be revised" in run("reextract", "--db", str(path), "--dry-run", "--again").output
    again = owner.post("/-/feedback/mark", data=fields)
    assert (again.status_code, "has no block at" in again.text) == (409, True)
    with Archive.open(path) as archive:
        assert rows(archive, "SELECT sources, counts FROM runs ORDER BY id DESC LIMIT 1") == [
            ("reextract", '{"revised": 3}')
        ]


@pytest.mark.parametrize("cookie", [True, False])
def test_a_preview_needs_the_cookie(owner: httpx.Client, path: Path, cookie: bool) -> None:
    if not cookie:
        owner.cookies.clear()
    answer = owner.get(f"/-/feedback/preview?article=1&position={position(path)}")
    assert answer.status_code == (200 if cookie else 403)
    assert ("boilerplate?" in owner.get("/-/article/1?mark=1").text) is cookie


def test_what_else_a_rule_takes_is_told(path: Path) -> None:
    with Archive.open(path) as archive:
        archive.db.conn.execute("UPDATE pages SET body = x'' WHERE id = 2")  # pruned
        found = read_preview(archive, 1, position(path), kind="promo")
    assert [(effect.id, effect.removed) for effect in found.effects] == [(1, True), (3, True), (2, False)]
    assert "not stored any more" in found.effects[2].why


@pytest.mark.parametrize(
    ("article", "place", "kind", "fault"),
    [(1, 999, "promo", "no block at 999"), (1, None, "nonsense", "no kind 'nonsense'"), (9, 0, "promo", "no article")],
)
def test_a_block_that_cannot_be_marked_is_refused(
    path: Path, article: int, place: int | None, kind: str, fault: str
) -> None:
    with Archive.open(path) as archive, pytest.raises(InputError, match=fault):
        propose_marked(archive, read_rules(()), article, position(path) if place is None else place, kind=kind)
