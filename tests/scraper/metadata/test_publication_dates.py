"""The dates of publication and change: declared ones, shown ones, and the choice between them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.scraper.metadata.support import URL, british, read
from tests.support.pages import document, json_ld

LOCALES = {
    ("en", "news.example.co.uk"): "2024-05-03",
    ("en", "news.example.com"): "2024-03-05",
    ("en", "news.example.io"): "2024-03-05",
    ("en-US", "news.example.co.uk"): "2024-03-05",
    ("fr", "news.example.ca"): "2024-05-03",
}


@pytest.mark.parametrize(("where", "expected"), LOCALES.items())
def test_the_country_of_an_english_page_tells_day_from_month(where: tuple[str, str], expected: str) -> None:
    language, host = where
    body = f"<h1>A story of the harbour</h1><p>03/05/2024</p><p>{'It went on. ' * 20}</p>"
    found = read(f"<html lang={language}><body>{body}</body>", f"https://{host}/story").published
    assert found is not None
    assert found.date().isoformat() == expected


SHOWN = {
    "declared stands beside an update": ("2024-05-03T08:30:00Z", "<p>Updated 9 May 2024</p>", "2024-05-03T08:30:00+00:00"),
    "declared stands beside a later date": ("2024-05-03T08:30:00Z", "<p>9 May 2024</p>", "2024-05-03T08:30:00+00:00"),
    "an older date shown wins": ("2024-05-03T08:30:00Z", "<p>2 March 2019</p>", "2019-03-02T00:00:00+00:00"),
    "the same moment in the page's zone": ("2024-05-03T02:30:00Z", "<time datetime='2024-05-02T22:30:00-04:00'>May 2</time>", "2024-05-02T22:30:00-04:00"),
    "a clock without a zone gives the zone": ("2024-05-03T02:30:00Z", "<p>2 May 2024 10:30 pm</p>", "2024-05-02T22:30:00-04:00"),
    "marked as published": ("2024-05-03T08:30:00Z", "<time itemprop=datePublished datetime=2024-06-01>1 June 2024</time>", "2024-06-01T00:00:00+00:00"),
    "an update long after, with JSON-LD alone": ("2021-05-03T08:30:00Z", "<p>Updated 9 May 2024</p>", "2024-05-09T00:00:00+00:00"),
    "an update within a month": ("2024-05-03T08:30:00Z", "<p>Updated 30 May 2024</p>", "2024-05-03T08:30:00+00:00"),
    "an update long after beside the day of publication": ("2021-05-03T08:30:00Z", "<p>Published 3 May 2021</p><p>Updated 9 May 2024</p>", "2021-05-03T08:30:00+00:00"),
    "a parent that says published": ("2024-05-03T08:30:00Z", "<p class=release-date><time datetime=2024-06-01>1 June 2024</time></p>", "2024-06-01T00:00:00+00:00"),
    "nothing declared but a line far below": ("", f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p><p>Last updated: 3 May 2024</p>", "2024-05-03T00:00:00+00:00"),
    "a date in a sentence is no date": ("", f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p><p>It opened on 3 May 2024 and then it closed again for a year.</p>", None),
    "nothing declared": ("", "<p>Jane Doe</p><p>3 May 2024</p>", "2024-05-03T00:00:00+00:00"),
    "nothing declared but an update": ("", "<p>Last updated</p><p>3 May 2024</p>", "2024-05-03T00:00:00+00:00"),
    "accepted before it was published": ("2023-01-02T00:00:00Z", "<p>Accepted: 16 December 2022</p>", "2023-01-02T00:00:00+00:00"),
    "received, accepted and published": ("", "<p>Received 3 May 2022 | Accepted 16 December 2022 | Published 2 January 2023</p>", "2023-01-02T00:00:00+00:00"),
    "accepted on the line before": ("2023-01-02T00:00:00Z", "<div>Eingereicht am</div><div>16. Dezember 2022</div>", "2023-01-02T00:00:00+00:00"),
    "accepted, in a machine's form": ("2023-01-02T00:00:00Z", "<p>Accepté : <time datetime=2022-12-16>16 décembre 2022</time></p>", "2023-01-02T00:00:00+00:00"),
    "accepted, and nothing declared": ("", "<p class=date>Accepted: 16 December 2022</p>", None),
    "a deadline far below": ("", f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p><p>Deadline: <time datetime=2022-12-16>16 December</time></p><p class=date>2 January 2023</p>", "2023-01-02T00:00:00+00:00"),
    "a court that accepted": ("2023-01-02T00:00:00Z", "<p>Court accepted the appeal on 16 December 2022</p>", "2022-12-16T00:00:00+00:00"),
    "markup against a label": ("2024-05-03T08:30:00Z", "<p>When: <time itemprop=datePublished datetime=2024-06-01>1 June 2024</time></p>", "2024-06-01T00:00:00+00:00"),
    "a caption's date is no date": ("", "<p>The old bridge, seen from the northern bank of the river on a rather cloudy morning, on 2 March 2019 (Jane Doe)</p>", None),
}  # fmt: skip


@pytest.mark.parametrize(("declared", "body", "expected"), SHOWN.values(), ids=SHOWN.keys())
def test_one_of_the_declared_and_shown_dates_is_chosen(declared: str, body: str, expected: str | None) -> None:
    found = read(
        british(
            ld={"@type": "Article", "headline": "Old bridge reopens", "datePublished": declared},
            body=f"<h1>Old bridge reopens</h1>{body}",
        )
    )
    assert (found.published.isoformat() if found.published else None) == expected


def test_two_sources_that_agree_outweigh_a_late_update() -> None:
    meta = "<meta property=article:published_time content=2021-05-03T08:30:00Z>"
    ld = {"@type": "Article", "headline": "Old bridge reopens", "datePublished": "2021-05-03T08:30:00Z"}
    found = read(british(head=meta, ld=ld, body="<h1>Old bridge reopens</h1><p>Updated 9 May 2024</p>"))
    assert found.published == datetime(2021, 5, 3, 8, 30, tzinfo=UTC)


ADDRESS = "https://www.dailyplanet.example/2020/06/23/old-bridge"
MONTH = "https://www.dailyplanet.example/2020/06/old-bridge"
CONFIRMED = {
    "an older date shown": (ADDRESS, "2020-06-23T08:30:00Z", "<p>31 May 2016</p>", "2020-06-23"),
    "an older date shown, another address": (URL, "2020-06-23T08:30:00Z", "<p>31 May 2016</p>", "2016-05-31"),
    "an older date shown, the month": (MONTH, "2020-06-23T08:30:00Z", "<p>31 May 2016</p>", "2020-06-23"),
    "an older date shown within the month": (MONTH, "2020-06-23T08:30:00Z", "<p>3 June 2020</p>", "2020-06-03"),
    "a day of opening": (URL, "2020-06-23T08:30:00Z", "<p>Exhibition opened 31 May 2016</p>", "2020-06-23"),
    "a relaunch": (ADDRESS, "2023-01-05T08:30:00Z", "<p>23 June 2020</p>", "2020-06-23"),
    "a relaunch, and an older date shown": (ADDRESS, "2023-01-05T08:30:00Z", "<p>31 May 2016</p>", "2020-06-23"),
    "a relaunch, and nothing shown": (ADDRESS, "2023-01-05T08:30:00Z", "", "2020-06-23"),
    "a relaunch, and the month": (MONTH, "2023-01-05T08:30:00Z", "", "2023-01-05"),
    "two days later": (ADDRESS, "2020-06-25T08:30:00Z", "", "2020-06-25"),
    "four days later": (ADDRESS, "2020-06-27T08:30:00Z", "", "2020-06-23"),
    "a late update": (ADDRESS, "2020-06-23T08:30:00Z", "<p>Updated 9 May 2024</p>", "2020-06-23"),
    "nothing declared": (ADDRESS, "", "<p>31 May 2016</p>", "2020-06-23"),
    "nothing but the address": (ADDRESS, "", "", "2020-06-23"),
    "nothing but a month": (MONTH, "", "", None),
    "day first, as declared": (URL, "2021-11-01", "<p>01/11/2021</p>", "2021-11-01"),
    "day first, as in the address": (ADDRESS.replace("/06/23", "/05/06"), "", "<p>06/05/2020</p>", "2020-05-06"),
    "month first, as nothing says otherwise": (URL, "", "<p>01/11/2021</p>", "2021-01-11"),
}  # fmt: skip


@pytest.mark.parametrize(("url", "declared", "body", "expected"), CONFIRMED.values(), ids=CONFIRMED.keys())
def test_the_address_confirms_a_date(url: str, declared: str, body: str, expected: str | None) -> None:
    ld = json_ld({"@type": "Article", "headline": "Old bridge reopens", "datePublished": declared})
    found = read(document(f"<h1>Old bridge reopens</h1>{body}", head=ld, lang="en-US"), url)
    assert (found.published.date().isoformat() if found.published else None) == expected


def test_the_address_tells_day_from_month_and_leaves_the_time() -> None:
    body = "<h1>Old bridge reopens</h1><p>06/05/2020 9:30 pm</p>"
    found = read(document(body, lang="en-US"), ADDRESS.replace("/06/23", "/05/06")).published
    assert found == datetime(2020, 5, 6, 21, 30, tzinfo=UTC)


def test_a_meta_tag_that_names_a_new_edition_outweighs_an_old_date_in_json_ld() -> None:
    ld = {"@type": "Article", "headline": "Old bridge reopens", "datePublished": "2021-05-03T08:30:00Z"}
    for day, expected in {"2024-05-09": 2024, "2021-05-03": 2021}.items():
        head = f"<meta name=date content={day}>"
        found = read(british(head=head, ld=ld, body="<h1>Old bridge reopens</h1><p>9 May 2024</p>")).published
        assert found is not None
        assert found.year == expected


LOCAL_DAYS = {
    "the day before in UTC": ("2024-05-04T04:13:00Z", "3 May 2024", "2024-05-03"),
    "the same day": ("2024-05-03T04:13:00Z", "3 May 2024", "2024-05-03"),
    "another zone": ("2024-05-04T04:13:00+02:00", "3 May 2024", "2024-05-04"),
    "a clock beside it": ("2024-05-04T04:13:00Z", "3 May 2024 9 pm", "2024-05-03"),
}


@pytest.mark.parametrize(("when", "text", "expected"), LOCAL_DAYS.values(), ids=LOCAL_DAYS.keys())
def test_the_day_that_readers_see_is_the_local_one(when: str, text: str, expected: str) -> None:
    found = read(british(body=f"<h1>Old bridge reopens</h1><time datetime={when}>{text}</time>")).published
    assert found is not None
    assert found.date().isoformat() == expected


REPEATED = "<time itemprop=datePublished datetime=2024-05-09>9 May</time><time itemprop=datePublished datetime=2024-05-03>3 May</time>"


def test_an_updated_page_with_repeated_dates_was_published_on_the_first() -> None:
    found = read(
        british(
            body=f"<h1>Old bridge reopens</h1><p>Updated 9 May 2024</p><p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p>{REPEATED}"
        )
    )
    assert (found.published, found.modified) == (datetime(2024, 5, 3, tzinfo=UTC), datetime(2024, 5, 9, tzinfo=UTC))


def test_a_page_with_repeated_dates_and_no_label_was_published_on_the_one_it_puts_first() -> None:
    found = read(british(body=f"<h1>Old bridge reopens</h1><p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p>{REPEATED}"))
    assert (found.published, found.modified) == (datetime(2024, 5, 9, tzinfo=UTC), None)


@pytest.mark.parametrize("name", ["w-published-date", "publish-time-utc"])
def test_a_meta_name_about_publication_is_read(name: str) -> None:
    assert read(british(head=f"<meta name={name} content=2024-05-03>")).published == datetime(2024, 5, 3, tzinfo=UTC)
    assert read(british(head="<meta name=publisher-update content=2024-05-03>")).published is None


FETCHED = datetime(2024, 5, 10, 12, tzinfo=UTC)
FUTURE = {
    "declared, within a day": ("<meta name=date content=2024-05-11T11:59:00Z>", "", URL, "2024-05-11"),
    "declared, beyond a day": ("<meta name=date content=2024-05-11T12:01:00Z>", "", URL, None),
    "declared, another beside it": ("<meta property=article:published_time content=2099-01-01><meta name=date content=2024-05-03>", "", URL, "2024-05-03"),
    "declared, shown beside it": ("<meta name=date content=2099-01-01>", "<p>3 May 2024</p>", URL, "2024-05-03"),
    "shown, an event's": ("", "<p>12 June 2024</p><p>3 May 2024</p>", URL, "2024-05-03"),
    "shown, behind one in the line": ("", "<p>For 12 June 2024, written 3 May 2024</p>", URL, "2024-05-03"),
    "shown, by a machine": ("", "<time datetime=2030-01-01>soon</time><p>3 May 2024</p>", URL, "2024-05-03"),
    "shown, day and month exchanged": ("", "<p>05/09/2024</p>", URL, "2024-05-09"),
    "in the address": ("", "", "https://www.dailyplanet.example/2031/05/03/bridge", None),
    "far below": ("", f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p><p>12 June 2024</p><p>3 May 2024</p>", URL, "2024-05-03"),
}  # fmt: skip


@pytest.mark.parametrize(("head", "body", "url", "expected"), FUTURE.values(), ids=FUTURE.keys())
def test_a_date_more_than_a_day_after_the_fetch_is_not_believed(
    head: str, body: str, url: str, expected: str | None
) -> None:
    html = british(head=head, body=f"<h1>Old bridge reopens</h1>{body}")
    found = read(html, url, fetched_at=FETCHED).published
    assert (found.date().isoformat() if found else None) == expected


def test_a_change_in_the_future_is_not_believed() -> None:
    html = british(ld={"@type": "Article", "headline": "Bridge", "dateModified": "2024-06-01"})
    assert read(html, fetched_at=FETCHED).modified is None
    assert read(html, fetched_at=FETCHED.replace(month=6)).modified == datetime(2024, 6, 1, tzinfo=UTC)


def test_without_a_fetch_time_no_date_is_in_the_future() -> None:
    assert read(british(head="<meta name=date content=2099-01-01>")).published == datetime(2099, 1, 1, tzinfo=UTC)
