"""Archives of before m017: their words with joiners, in scripts without spaces, are found by the words without."""

from __future__ import annotations

from pathlib import Path

from archive.maintenance.integrity import check_archive
from archive.search.fulltext import search
from archive.store.archive import Archive
from tests.archive.schema.old_archives import FIRST, add_articles, unpack

WORLD = "ကမ္\u200cဘာ"
TEXTS = {
    "https://yangon.example/joined": f"{WORLD} သတင်း " * 9,
    "https://yangon.example/plain": f"{WORLD} စာ ".replace("\u200c", "") * 9,
    "https://ja.example/family": "家族 \U0001f469\u200d\U0001f467 の写真" * 9,
}


def test_articles_with_joiners_are_indexed_again(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    unpack(FIRST, path)
    add_articles(path, TEXTS)
    with Archive.open(path) as archive:
        for query in (WORLD, WORLD.replace("\u200c", "")):
            assert {hit.url.rpartition("/")[2] for hit in search(archive, query)} == {"joined", "plain"}
        assert [hit.url for hit in search(archive, "家族")] == ["https://ja.example/family"]
        assert [hit.url for hit in search(archive, "သတင်း")] == ["https://yangon.example/joined"]
    assert check_archive(path).problems == ()
