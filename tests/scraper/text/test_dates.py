"""Dates in texts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.text.dates import parse_date, read_date
from scraper.text.months import LOCAL_MONTHS, MONTHS, month_of

DATES = {
    "2016-12-13T23:06:00.000Z": "2016-12-13T23:06:00+00:00",
    "2024-05-03T08:30:00+0200": "2024-05-03T08:30:00+02:00",
    "2024-05-03 08:30:00 -05:00": "2024-05-03T08:30:00-05:00",
    "2024-05-03": "2024-05-03T00:00:00+00:00",
    "2024/5/3": "2024-05-03T00:00:00+00:00",
    "20240503": "2024-05-03T00:00:00+00:00",
    "2024 May 3": "2024-05-03T00:00:00+00:00",
    "2024 May 30:11": None,
    "1714725000": "2024-05-03T08:30:00+00:00",
    "1714725000000": "2024-05-03T08:30:00+00:00",
    "Fri, 03 May 2024 08:30:00 GMT": "2024-05-03T08:30:00+00:00",
    "Fri May 03 08:30:00 EST 2024": "2024-05-03T08:30:00-05:00",
    "May 3, 2024 8:30 p.m. PST": "2024-05-03T20:30:00-08:00",
    "Updated 3rd May 2024": "2024-05-03T00:00:00+00:00",
    "Freitag, 3. Mai 2024, 08:30 Uhr": "2024-05-03T08:30:00+00:00",
    "Publié le 3 mai 2024 à 8h30": "2024-05-03T08:30:00+00:00",
    "1er août 2023": "2023-08-01T00:00:00+00:00",
    "3 de mayo de 2024": "2024-05-03T00:00:00+00:00",
    "3 maggio 2024": "2024-05-03T00:00:00+00:00",
    "3 de março de 2024": "2024-03-03T00:00:00+00:00",
    "3 mei 2024 08:30": "2024-05-03T08:30:00+00:00",
    "3 maja 2024": "2024-05-03T00:00:00+00:00",
    "3 listopada 2023": "2023-11-03T00:00:00+00:00",
    "3 maj 2024 kl. 08.30": "2024-05-03T08:30:00+00:00",
    "3. toukokuuta 2024": "2024-05-03T00:00:00+00:00",
    "3 Mayıs 2024": "2024-05-03T00:00:00+00:00",
    "3 мая 2024, 08:30 МСК": "2024-05-03T08:30:00+03:00",
    "2024年5月3日 8時30分": "2024-05-03T08:30:00+00:00",
    "2024년 5월 3일 08:30": "2024-05-03T08:30:00+00:00",
    "03.05.2024": "2024-05-03T00:00:00+00:00",
    "13/05/2024": "2024-05-13T00:00:00+00:00",
    "Do 25.04.24 | 16:47 Uhr": "2024-04-25T16:47:00+00:00",
    "Fri May 03 2024 08:30:00 GMT+0200 (CEST)": "2024-05-03T08:30:00+02:00",
    "3/5/2024, 08:30 (GMT+7)": "2024-03-05T08:30:00+07:00",
    "/Date(1714725000000)/": "2024-05-03T08:30:00+00:00",
    "2024\u201105\u201103T08:30:00\u221205:00": "2024-05-03T08:30:00-05:00",
    "May, 3 2024": "2024-05-03T00:00:00+00:00",
    "May 3 , 2024": "2024-05-03T00:00:00+00:00",
    "May 3, ’24": "2024-05-03T00:00:00+00:00",
    "May 3, 24": None,
    "3-May-24": "2024-05-03T00:00:00+00:00",
    "3 May 24": None,
    "03/MAY/2024": "2024-05-03T00:00:00+00:00",
    "3 mei '24": "2024-05-03T00:00:00+00:00",
    "mayo 3 de 2024": "2024-05-03T00:00:00+00:00",
    "3 d’octubre de 2024": "2024-10-03T00:00:00+00:00",
    "2024. május 3. 8:30": "2024-05-03T08:30:00+00:00",
    "2024 m. gegužės 3 d.": "2024-05-03T00:00:00+00:00",
    "2024. gada 3. maijs": "2024-05-03T00:00:00+00:00",
    "2024ko maiatzaren 3a": "2024-05-03T00:00:00+00:00",
    "3. август 2024.": "2024-08-03T00:00:00+00:00",
    "3 ΜΑΪΟΥ 2024": "2024-05-03T00:00:00+00:00",
    "3 KASIM 2024": "2024-11-03T00:00:00+00:00",
    "ngày 3 tháng 5 năm 2024": "2024-05-03T00:00:00+00:00",
    "3 tháng 5, 2024 08:30": "2024-05-03T08:30:00+00:00",
    "3 พ.ค. 2567": "2024-05-03T00:00:00+00:00",
    "3 พ.ค. 67": "2024-05-03T00:00:00+00:00",
    "3 กุมภาพันธ์ 2567": "2024-02-03T00:00:00+00:00",
    "ราคา 2567 บาท": None,
    "令和6年5月3日": "2024-05-03T00:00:00+00:00",
    "平成元年5月3日": None,
    "中華民國113年5月3日": "2024-05-03T00:00:00+00:00",
    "2024年5月3日(金) 午後8時30分": "2024-05-03T20:30:00+00:00",
    "٣ مايو ٢٠٢٤": "2024-05-03T00:00:00+00:00",
    "3 تشرين الثاني 2024": "2024-11-03T00:00:00+00:00",
    "3 أيار/مايو 2024": "2024-05-03T00:00:00+00:00",
    "3 במאי 2024": "2024-05-03T00:00:00+00:00",
    "3 फ़रवरी 2024": "2024-02-03T00:00:00+00:00",
    "৩ মে ২০২৪": "2024-05-03T00:00:00+00:00",
    "yesterday": None,
    "2024-13-45": None,
    "version 1.2.3": None,
    "0001-01-01T00:00:00Z": None,
    "": None,
}


@pytest.mark.parametrize(("text", "expected"), DATES.items())
def test_a_date_is_read(text: str, expected: str | None) -> None:
    found = parse_date(text, language="en")
    assert (found.isoformat() if found else None) == expected


def test_day_and_month_follow_the_language_where_both_are_possible() -> None:
    assert parse_date("03/04/2024", language="en-US") == datetime(2024, 3, 4, tzinfo=UTC)
    assert parse_date("03/04/2024", language="en-GB") == datetime(2024, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize(("language", "month"), [("hr", 10), ("pl", 11), ("", 11)])
def test_a_month_that_two_languages_name_alike_is_that_of_the_language(language: str, month: int) -> None:
    assert read_date("3. listopada 2024.", language=language) == datetime(2024, month, 3, tzinfo=UTC)


def test_no_name_of_a_month_without_its_accents_is_that_of_another() -> None:
    for name, number in MONTHS.items():
        assert month_of(name.upper(), *LOCAL_MONTHS.get(name, ())[:1]) == number


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("3 Mac 2024", "ms-MY"),
        ("3 Medi 2024", "cy"),
        ("3 лис 2024", "uk"),
        ("3 Julie 2024", "af"),
        ("3 جوان 2024", "ar"),
    ],
)
def test_a_month_that_is_another_word_elsewhere_is_one_in_its_language(text: str, language: str) -> None:
    assert read_date(text, language=language) is not None
    assert read_date(text, language="en") is read_date(text) is None


@pytest.mark.parametrize(
    "text", ["Tested on an M2 Mac 2023", "La Paz 3, 2024", "Santa Marta 5, 2024", "Sub 20 2024", "Marc 5, 2024"]
)
def test_a_name_is_no_month(text: str) -> None:
    assert read_date(text) is None


ORDERS = {
    ("03/04/2024", "en"): "2024-03-04",
    ("03/04/2024", ""): "2024-03-04",
    ("03/04/2024", "de"): "2024-04-03",
    ("03-04-2024", "en-US"): "2024-03-04",
    ("03-04-2024", "en"): "2024-04-03",
    ("03.04.2024", "en-US"): "2024-04-03",
}


@pytest.mark.parametrize(("written", "expected"), ORDERS.items())
def test_the_mark_between_numbers_and_the_language_tell_day_from_month(written: tuple[str, str], expected: str) -> None:
    text, language = written
    found = read_date(text, language=language)
    assert found is not None
    assert found.date().isoformat() == expected


KNOWN_DAYS = {
    "the same day": ("01/11/2021", date(2021, 11, 1), "2021-11-01"),
    "the day before, in another zone": ("01/11/2021", date(2021, 10, 31), "2021-11-01"),
    "two days before": ("01/11/2021", date(2021, 10, 30), "2021-01-11"),
    "the other reading": ("01/11/2021", date(2021, 1, 11), "2021-01-11"),
    "a year of two digits": ("01/11/21", date(2021, 11, 1), "2021-11-01"),
    "dots": ("09.10.2024", date(2024, 9, 10), "2024-09-10"),
    "one reading": ("25/11/2021", date(2021, 11, 1), "2021-11-25"),
}


@pytest.mark.parametrize(("text", "day", "expected"), KNOWN_DAYS.values(), ids=KNOWN_DAYS.keys())
def test_a_day_that_the_page_names_beyond_doubt_tells_day_from_month(text: str, day: date, expected: str) -> None:
    found = read_date(text, language="en-US", days=lambda: [day])
    assert found is not None
    assert found.date().isoformat() == expected


def test_days_are_looked_for_only_where_both_readings_are_possible() -> None:
    def unasked() -> list[date]:
        raise AssertionError

    for text in ("3 May 2024", "25/11/2021", "11/11/2021", "2024-05-03"):
        assert parse_date(text, days=unasked) is not None


@given(st.text(max_size=60) | st.from_regex(r"[0-9T:/. -]{0,30}(May|mai|年)?[0-9 ,:+-]{0,12}", fullmatch=True))
def test_any_text_gives_a_date_with_a_zone_or_none(text: str) -> None:
    for found in (parse_date(text), read_date(text)):
        assert found is None or found.tzinfo is not None
