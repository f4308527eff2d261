"""Text that was scraped with its boilerplate: which line is the title, and which date is the article's."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from scraper.extraction.plain_text import extract_text
from scraper.extraction.text_head import (
    HeadLine,
    find_headline,
    find_labels,
    is_menu,
    is_section_name,
    is_trail,
    reads_like_headline,
)
from scraper.metadata.tables import Row, read_table
from scraper.rules.loader import built_in_rules
from scraper.types import Article, Extraction

STORIES = {
    "en": ("Old ferry will sail again in spring", "The harbour master said on Monday that the ferry would sail again."),
    "de": ("Alte Fähre fährt im Frühjahr wieder", "Der Hafenmeister sagte am Montag, die Fähre werde wieder fahren."),
    "fr": ("Le vieux bac reprend la mer au printemps", "Le capitaine du port a dit lundi que le bac repartirait."),
    "es": ("El viejo ferri zarpará en primavera", "El capitán del puerto dijo el lunes que el ferri volvería."),
    "pl": ("Stary prom popłynie wiosną", "Kapitan portu powiedział w poniedziałek, że prom znów popłynie."),
    "ru": ("Старый паром выйдет в море весной", "Начальник порта сообщил в понедельник, что паром снова выйдет в море."),
    "ja": ("古い渡し船が春に再び出港", "港長は月曜日、渡し船が春に再び出港すると述べた。"),
}  # fmt: skip

ABOVE = {
    "en": ("Breaking News Emails", "Skip to content", "Sign up for our newsletter", "SPORTS", "Breaking news", "Advertisement"),
    "de": ("Newsletter abonnieren", "Zum Inhalt springen", "Anzeige", "Wirtschaft", "Eilmeldung", "Teilen"),
    "fr": ("Publicité", "Partager", "À la une", "En direct", "Aller au contenu", "Se connecter"),
    "es": ("Publicidad", "Compartir", "Última hora", "Deportes", "Ir al contenido", "Suscríbete"),
    "pl": ("Reklama", "Udostępnij", "Pilne", "Polityka", "Zaloguj się", "Czytaj także"),
    "ru": ("Реклама", "Поделиться", "Срочно", "Экономика", "Войти", "Подписаться"),
    "ja": ("広告", "シェアする", "速報", "政治", "ログイン", "登録"),
}  # fmt: skip
LINES_ABOVE = [pytest.param(key, line, id=f"{key}-{line}") for key, lines in ABOVE.items() for line in lines]

STAMPS = [
    ("en", "Published 3 May 2024", "2024-05-03T00:00:00+00:00"),
    ("en", "By Mara Lind | May 3, 2024", "2024-05-03T00:00:00+00:00"),
    ("en", "Updated May 3, 2024 10:15 AM", "2024-05-03T10:15:00+00:00"),
    ("de", "3. Mai 2024, 10:15 Uhr", "2024-05-03T10:15:00+00:00"),
    ("fr", "Publié le 3 mai 2024 à 10h15", "2024-05-03T10:15:00+00:00"),
    ("es", "Publicado el 3 de mayo de 2024", "2024-05-03T00:00:00+00:00"),
    ("pl", "3 maja 2024, 10:15", "2024-05-03T10:15:00+00:00"),
    ("ru", "3 мая 2024, 10:15", "2024-05-03T10:15:00+00:00"),
    ("ja", "公開日：2024年5月3日", "2024-05-03T00:00:00+00:00"),
]  # fmt: skip
EVERY_STAMP = pytest.mark.parametrize(("key", "stamp", "moment"), STAMPS, ids=[stamp for _, stamp, _ in STAMPS])


def text_of(*lines: str) -> Extraction:
    return extract_text("\n\n".join(lines), built_in_rules())


def article_of(*lines: str) -> Article:
    found = text_of(*lines).article
    assert found is not None
    return found


def published(*lines: str) -> str | None:
    found = article_of(*lines).published
    return found.isoformat() if found else None


# --- the title


@pytest.mark.parametrize(("key", "line"), LINES_ABOVE)
def test_a_line_of_boilerplate_above_the_headline_is_not_the_title(key: str, line: str) -> None:
    title, body = STORIES[key]
    found = text_of(line, title, body)
    assert found.article is not None
    assert (found.article.title, found.article.text) == (title, body)
    assert [removal.text for removal in found.removals] == [line]


def test_several_lines_above_the_headline_are_removed_each_with_its_reason() -> None:
    found = text_of("Skip to content", "World News", "3 May 2024", "By Mara Lind", *STORIES["en"])
    assert found.article is not None
    assert (found.article.title, found.article.authors) == (STORIES["en"][0], ("Mara Lind",))
    assert [removal.kind for removal in found.removals] == ["navigation", "navigation", "stamp", "byline"]
    assert [removal.position for removal in (*found.removals, *found.chrome)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("key", STORIES)
def test_a_text_that_begins_with_running_text_has_no_title(key: str) -> None:
    title, body = STORIES[key]
    found = article_of(body, title, body)
    assert (found.title, found.text.split("\n\n")[0]) == ("", body)
    boilerplate = ABOVE[key][0]
    assert article_of(boilerplate, body, title).title == ""


def test_a_headline_that_only_begins_like_boilerplate_is_the_title() -> None:
    for title in ("Breaking the ice on the Tamar", "Sport in the snow", "Newsletters grow as papers shrink", "Ferry"):
        assert article_of(title, STORIES["en"][1]).title == title


def test_a_rule_for_the_end_of_an_article_does_not_keep_a_line_from_being_its_title() -> None:
    line = "Com Filipa Nogueira e Rui Prata"
    assert article_of(line, STORIES["en"][1]).title == line


def test_a_headline_without_text_below_it_is_the_text() -> None:
    found = article_of("Sign up for our newsletter", STORIES["en"][0], "Advertisement")
    assert (found.title, found.text) == ("", STORIES["en"][0])


@pytest.mark.parametrize(
    ("line", "headline"),
    [
        ("Will the ferry sail?", True),
        ("Ferry “Tern” to sail", True),
        ("The ferry sails.", False),
        ("Dear readers,", False),
        ("What we know so far:", False),
        ("https://westmark.example/ferry", False),
        ("desk@westmark.example", False),
        ("5/12", False),
        ("渡し船", True),
    ],
)
def test_a_headline_is_no_statement_and_announces_nothing(line: str, headline: bool) -> None:
    assert reads_like_headline(line) is headline


@pytest.mark.parametrize("key", STORIES)
def test_a_cleaned_text_is_cleaned_to_itself_by_the_command(key: str) -> None:
    title, body = STORIES[key]
    dirty = "\n\n".join((*ABOVE[key], title, body, ABOVE[key][0]))
    once = CliRunner().invoke(main, ["clean", "--input", "text"], input=dirty)
    twice = CliRunner().invoke(main, ["clean", "--input", "text"], input=once.stdout)
    assert once.stdout == twice.stdout == f"{title}\n\n{body}\n"


# --- lines above the headline that no table knows

MENUS = {
    "en": ("Harbour Life", "Home News Sport Weather Jobs", "Home News Old ferry will sail again in spring"),
    "de": ("Hafenleben", "Startseite Politik Wirtschaft Reise", "Startseite Lokales Alte Fähre fährt im Frühjahr wieder"),
    "fr": ("Vie du port", "Accueil Politique Monde Voyages", "Accueil Monde Le vieux bac reprend la mer au printemps"),
    "es": ("Vida portuaria", "Portada Economía Deportes Viajes", "Portada Sucesos El viejo ferri zarpará en primavera"),
    "ru": ("Жизнь порта", "Главная Политика Спорт Туризм", "Главная Новости Старый паром выйдет в море весной"),
    "ja": ("港の暮らし", "ホーム 政治 経済 旅", "ホーム 社会 古い渡し船が春に再び出港"),
}  # fmt: skip
ABOVE_HEADLINES = [
    pytest.param(key, lines, id=f"{key}-{name}")
    for key, (label, menu, trail) in MENUS.items()
    for name, lines in {"label": [label], "menu": [menu], "trail": [trail], "all": [menu, trail, label]}.items()
]


@pytest.mark.parametrize(("key", "lines"), ABOVE_HEADLINES)
def test_labels_menus_and_ways_to_the_page_are_removed_above_the_headline(key: str, lines: list[str]) -> None:
    title, body = STORIES[key]
    found = text_of(*lines, title, body)
    assert found.article is not None
    assert (found.article.title, found.article.text) == (title, body)
    assert [(row.rule_id, row.text) for row in found.removals] == [("section-name", line) for line in lines]


@pytest.mark.parametrize(
    ("line", "menu"),
    [
        ("Sport and politics by sea", False),  # 2 names of 5 words
        ("Sport, politics, bay walks", True),  # 2 of 4
        ("News of the ferry", False),
        ("News ferry", False),
    ],
)
def test_a_menu_has_two_names_of_sections_that_are_half_of_its_words(line: str, menu: bool) -> None:
    assert is_menu(line) is menu


def test_a_way_to_the_page_names_a_section_before_the_headline() -> None:
    title = STORIES["en"][0]
    assert is_trail(f"Blog News {title}", [title])
    assert not is_trail(f"Why the {title}", [title])
    assert not is_trail(title, [title])


def test_a_standfirst_below_a_short_headline_stays_in_the_text() -> None:
    found = article_of("Ferry returns to Westmark", "Two winters on the slip end in April", STORIES["en"][1])
    assert (found.title, found.text.split("\n\n")[0]) == (
        "Ferry returns to Westmark", "Two winters on the slip end in April",
    )  # fmt: skip


LINES = (
    "Ten walks along the bay for the summer",
    "Old ferry sails again in spring",
    "Two winters on the slip end in April",
    "By Mara Lind",
)


def headline_of(*texts: str, dated: int = -1, url: str = "") -> str:
    lines = [HeadLine(text, known=place == dated, dated=place == dated) for place, text in enumerate(texts)]
    place = find_headline([*lines, HeadLine("It sails at nine.")], url=url)
    return texts[place] if place >= 0 else ""


def test_the_address_names_the_headline_before_all_other_evidence() -> None:
    at = "https://westmark.example/news/{}.html"
    assert headline_of(*LINES, dated=3, url=at.format("old-ferry-sails-again-2026")) == LINES[1]
    assert headline_of(*LINES, dated=3, url=at.format("old-ferry-leaves-for-lund")) == LINES[0]  # 2 words of 5
    assert headline_of(*LINES, dated=3, url=at.format("old_ferry_back_again_spring")) == LINES[1]  # 4 of 5
    assert headline_of(*LINES, dated=3, url=at.format("old-ferry-back-april-news")) == LINES[0]
    assert headline_of(*LINES, dated=3, url=at.format("old-ferry")) == LINES[0]  # too few words
    assert headline_of(*LINES, dated=3, url=at.format("old-ferry-sails")) == LINES[1]
    assert headline_of(*LINES, dated=3, url=at.format("my-x-7-old-ferry-sails")) == LINES[1]  # short words do not count


def test_the_first_line_of_a_text_is_the_headline_unless_it_is_short() -> None:
    assert headline_of(*LINES, dated=3) == LINES[0]
    assert headline_of("Harbour Life", *LINES[1:]) == LINES[1]
    assert headline_of("Harbour Life") == "Harbour Life"


def test_a_byline_close_below_a_line_marks_it_as_the_headline() -> None:
    assert headline_of("Harbour Life", *LINES, dated=4) == LINES[1]
    assert headline_of("Harbour Life", LINES[0], LINES[2], LINES[1], LINES[2], "By Mara Lind", dated=5) == LINES[1]
    assert headline_of("Harbour Life", LINES[0], LINES[1], *LINES[2:3] * 2, "By Mara Lind", dated=5) == LINES[2]
    assert headline_of("Harbour Life", *LINES) == LINES[0]


def test_only_lines_above_the_headline_are_labels() -> None:
    lines = [HeadLine(text) for text in ("Harbour Life", *LINES[:2], "Harbour Life")]
    assert find_labels(lines, 2) == {0}
    assert find_labels(lines, -1) == frozenset()
    assert find_labels([HeadLine(text) for text in ("Sport", "Harbour Life", "Sport", "Ferry")], -1) == {0}


SECTIONS = {row.id: row for row in read_table("section_names.toml")}
EVERY_SECTION = pytest.mark.parametrize("row", SECTIONS.values(), ids=SECTIONS.keys())


@EVERY_SECTION
def test_the_names_of_sections_and_labels_are_known(row: Row) -> None:
    assert [line for line in (*row.hit, *row.all_words) if not is_section_name(line)] == []


@EVERY_SECTION
def test_headlines_that_begin_like_a_section_are_none(row: Row) -> None:
    assert [line for line in row.miss if is_section_name(line) or not reads_like_headline(line)] == []


# --- the date


@EVERY_STAMP
def test_the_date_of_a_stamp_is_the_date_of_the_article(key: str, stamp: str, moment: str) -> None:
    title, body = STORIES[key]
    assert published(title, stamp, body) == published(stamp, title, body) == moment


def test_json_has_the_date_and_the_date_of_change() -> None:
    dirty = "\n\n".join((STORIES["en"][0], "Published 3 May 2024 | Updated 4 May 2024", STORIES["en"][1]))
    shown = json.loads(CliRunner().invoke(main, ["clean", "--input", "text", "--json"], input=dirty).stdout)
    assert (shown["published"], shown["modified"]) == ("2024-05-03T00:00:00Z", "2024-05-04T00:00:00Z")
    assert shown["date"] == shown["published"]


def test_a_label_tells_publication_from_change_in_any_order() -> None:
    title, body = STORIES["en"]
    found = article_of(title, "Updated 4 May 2024", "3 May 2024", body)
    assert (str(found.published), str(found.modified)) == ("2024-05-03 00:00:00+00:00", "2024-05-04 00:00:00+00:00")


def test_a_stamp_below_the_text_counts_unless_another_names_another_date() -> None:
    title, body = STORIES["en"]
    assert published(title, body, "Published 3 May 2024") == "2024-05-03T00:00:00+00:00"
    assert published(title, body, "By Mara Lind | May 3, 2024") == "2024-05-03T00:00:00+00:00"
    assert published(title, body, "Published 3 May 2024", "May 3, 2024") == "2024-05-03T00:00:00+00:00"
    assert published(title, body, "Published 3 May 2024", "1 May 2024") is None
    assert published(title, "2 May 2024", body, "1 May 2024") == "2024-05-02T00:00:00+00:00"


def test_the_language_of_the_text_tells_day_from_month() -> None:
    more = {
        "en": "It had been on the slip for two years, and the council had voted on it three times before it agreed.",
        "fr": "Il est resté deux ans en cale sèche, et le conseil a voté trois fois avant de se mettre d'accord sur le prix.",
    }
    dates = {key: published(STORIES[key][0], "03/04/2024", STORIES[key][1], line) for key, line in more.items()}
    assert dates == {"en": "2024-03-04T00:00:00+00:00", "fr": "2024-04-03T00:00:00+00:00"}


def test_the_day_of_the_visit_above_the_headline_is_not_the_date() -> None:
    title, body = STORIES["en"]
    assert published("9 May 2024", title, "3 May 2024", body) == "2024-05-03T00:00:00+00:00"
    assert published("9 May 2024", title, "A winter on the slip", "3 May 2024", body) == "2024-05-03T00:00:00+00:00"
    assert published("9 May 2024", title, body, "3 May 2024") == "2024-05-09T00:00:00+00:00"


@pytest.mark.parametrize("line", ["3 hours ago", "5 min read"])
def test_a_stamp_without_a_date_gives_none(line: str) -> None:
    assert published(STORIES["en"][0], line, STORIES["en"][1]) is None


def test_a_date_within_the_text_is_not_the_date_of_the_article() -> None:
    title, body = STORIES["en"]
    assert published(title, body, "The first crossing is planned for 3 May 2024, if the weather allows it.") is None
