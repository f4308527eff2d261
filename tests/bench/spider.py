"""A Scrapy spider as a skilled user would write it: from feeds to trafilatura's text in SQLite with full-text search.

    python -m tests.bench.spider ARCHIVE FEED...

`farm.py` compares it with `cuttings scrape`. It is as polite: two requests per host at once, no delay, robots.txt obeyed. It
stores one row per article: no raw page, no revisions, no ledger, nothing for the next run. Needs the extra `bench`.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from trafilatura import bare_extraction

SETTINGS: Final[dict[str, Any]] = {
    "ROBOTSTXT_OBEY": True,
    "CONCURRENT_REQUESTS": 64,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 2,  # Scrapy 2.19 lets a burst past it: it counts a request when its task first runs
    "DOWNLOAD_DELAY": 0,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "ERROR",
    "ITEM_PIPELINES": {"tests.bench.spider.Store": 300},
    "USER_AGENT": "cuttings-bench",
}

SCHEMA: Final = """
CREATE TABLE articles (id INTEGER PRIMARY KEY, url TEXT UNIQUE, title TEXT, author TEXT, date TEXT, text TEXT);
CREATE VIRTUAL TABLE articles_fts USING fts5 (title, text, content='articles', content_rowid='id', tokenize='porter unicode61');
CREATE TRIGGER articles_inserted AFTER INSERT ON articles BEGIN
  INSERT INTO articles_fts (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
"""


class News(scrapy.Spider):
    """Fetch feeds, then every page that they name."""

    name = "news"

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for feed in self.feeds:
            yield scrapy.Request(feed, self.parse_feed)

    def parse_feed(self, response: Response) -> Iterator[scrapy.Request]:
        for url in response.xpath("//item/link/text()").getall():
            yield scrapy.Request(url, self.parse_article)

    def parse_article(self, response: Response) -> Iterator[dict[str, Any]]:
        found = bare_extraction(response.text, url=response.url, with_metadata=True)
        if found is not None:
            yield {
                "url": response.url,
                "title": found.title,
                "author": found.author,
                "date": found.date,
                "text": found.text,
            }


class Store:
    """Insert items, each in a transaction of its own, so that a kill loses no more than ours."""

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def from_crawler(cls, crawler: scrapy.crawler.Crawler) -> Store:
        return cls(crawler.settings["ARCHIVE"])

    def open_spider(self) -> None:
        self.db = sqlite3.connect(self.path)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.executescript(SCHEMA)

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        with self.db:
            self.db.execute(
                "INSERT OR REPLACE INTO articles (url, title, author, date, text) VALUES (:url, :title, :author, :date, :text)",
                item,
            )
        return item

    def close_spider(self) -> None:
        self.db.close()


def main(archive: str, feeds: list[str]) -> None:
    crawler = CrawlerProcess(SETTINGS | {"ARCHIVE": archive})
    crawler.crawl(News, feeds=feeds)
    crawler.start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
