"""Rules of the stage `link`: articles on several pages, joined by links that nothing but a rule of the site knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from archive.store.archive import Archive
from tests.support.loopback import Server
from tests.support.news_server import story

RULE = """
[[rule]]
id = "pages.test"
stage = "link"
kind = "{kind}"
pattern = '{pattern}'
hosts = ["127.0.0.1"]
why = "the link to the rest of a story"
imported = "test"
"""

SECOND = "The second part tells that the keeper had counted the nets again before the evening tide came in."


def add(folder: Path, site: Server, *more: str) -> str:
    """The text that `add` archives of the first part."""
    db = folder / "archive.db"
    result = CliRunner().invoke(
        main, ["add", site.url("/a.html"), "--db", str(db), "--allow-private", "--delay", "0", *more]
    )
    assert result.exit_code == 0, result.output
    with Archive.open(db) as archive:
        return archive.article("1").article.text


@pytest.mark.parametrize(
    ("kind", "pattern", "joined"),
    [
        ("next-page", '//a[contains(., "On to the harbour")]', True),
        ("next-page", "a.onward", True),
        ("single-page", '//a[@class="onward"]/@href', False),
    ],
    ids=["XPath", "CSS", "single page"],
)
def test_a_link_rule_joins_the_parts_of_an_article(
    tmp_path: Path, site: Server, kind: str, pattern: str, joined: bool
) -> None:
    first = str(story("Albatross"))
    site.routes["/a.html"] = first.replace(
        "</article>", '</article><p><a class="onward" href="/harbour.html">On to the harbour</a></p>'
    )
    site.routes["/harbour.html"] = str(story("Gannet", extra=SECOND))
    (tmp_path / "without").mkdir()
    assert SECOND not in add(tmp_path / "without", site)
    rules = tmp_path / "rules.toml"
    rules.write_text(RULE.format(kind=kind, pattern=pattern))
    text = add(tmp_path, site, "--rules", str(rules))
    assert SECOND in text
    assert ("Albatross" in text) is joined
