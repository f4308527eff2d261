"""`--with` and `--without`: what a text holds, through the real commands, from a page to an archive and out of it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.cli.main import main
from archive.store.archive import Archive
from tests.support.commands import data, run
from tests.support.loopback import Server
from tests.support.news_server import news_server


@dataclass(frozen=True)
class Story:
    """A page of one language, and the lines of its parts."""

    language: str
    title: str
    standfirst: str
    body: tuple[str, ...]
    caption: str
    cells: tuple[str, str]
    note: str

    @property
    def html(self) -> str:
        first, *rest = (f"<p>{line}</p>" for line in self.body)
        return (
            f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8"><title>{self.title}</title>'
            f'<meta property="article:published_time" content="2026-01-31T12:00:00+01:00"></head><body><nav><a href="/">X</a></nav>'
            f'<article><header><h1>{self.title}</h1><p class="article-dek">{self.standfirst}</p></header>'
            f'<figure><img src="/q.jpg"><figcaption>{self.caption}</figcaption></figure><div class="text">{first}'
            f"<table><tr><td>{self.cells[0]}</td><td>{self.cells[1]}</td></tr></table>{''.join(rest)}"
            f"<p>{self.note}</p></div></article></body></html>"
        )


STORIES = {
    "en": Story(
        "en",
        "The old ferry will sail again in spring",
        "Two years on the slip end in April, and the town pays for a new engine.",
        (
            "The harbour master said on Monday that the ferry would sail again in the spring, after two years on the slip "
            "and three votes of the council, which at last agreed on a price.",
            "Passengers who used to cross the bay in twenty minutes have since taken the bus, which needs an hour and a half "
            "when the bridge is free, and longer when a ship passes through.",
        ),
        "The ferry at the quay of Westmark.",
        ("Engine", "eleven million"),
        "If you buy something through links on our site, we may earn a commission.",
    ),
    "de": Story(
        "de",
        "Die alte Fähre fährt im Frühjahr wieder",
        "Zwei Jahre auf der Werft enden im April, und die Stadt zahlt den neuen Motor.",
        (
            "Der Hafenmeister sagte am Montag, dass die Fähre im Frühjahr wieder fahren werde, nach zwei Jahren auf der Werft "
            "und drei Abstimmungen im Rat, der sich am Ende doch auf einen Preis einigte.",
            "Wer die Bucht früher in zwanzig Minuten überquerte, nimmt seither den Bus, der anderthalb Stunden braucht, wenn "
            "die Brücke frei ist, und länger, wenn gerade ein Schiff hindurchfährt.",
        ),
        "Die Fähre am Kai von Westmark.",
        ("Motor", "elf Millionen"),
        "Wenn Sie über Links auf unserer Seite einkaufen, erhalten wir möglicherweise eine Provision.",
    ),
    "ru": Story(
        "ru",
        "Старый паром снова выйдет в море весной",
        "Два года в доке закончатся в апреле, а новый двигатель оплатит город.",
        (
            "Начальник порта сообщил в понедельник, что паром снова выйдет в море весной, после двух лет в доке и трёх "
            "голосований в совете, который в конце концов договорился о цене ремонта.",
            "Пассажиры, которые раньше пересекали залив за двадцать минут, с тех пор ездят на автобусе, которому нужно полтора "
            "часа, если мост свободен, и больше, если под ним проходит судно.",
        ),
        "Паром у причала Вестмарка.",
        ("Двигатель", "одиннадцать миллионов"),
        "",
    ),
}  # fmt: skip


def clean(*arguments: str, page: str) -> Result:
    return CliRunner().invoke(main, ["clean", *arguments], input=page)


EVERY_LANGUAGE = pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    """The stories on loopback."""
    with news_server({}) as server:
        server.routes |= {f"/{key}.html": story.html for key, story in STORIES.items()}
        yield server


@pytest.fixture(scope="module")
def filled(site: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive into which `add` has fetched the stories."""
    file = tmp_path_factory.mktemp("parts") / "archive.db"
    urls = [site.url(f"/{key}.html") for key in STORIES]
    added = run("add", *urls, "--db", str(file), "--allow-private", "--delay", "0")
    assert added.exit_code == 0, added.output
    return file


# --- clean


@EVERY_LANGUAGE
def test_a_text_is_the_title_the_standfirst_and_the_body(story: Story) -> None:
    lines = clean(page=story.html).stdout.strip().split("\n\n")
    assert lines == [story.title, story.standfirst, story.body[0], " | ".join(story.cells), story.body[1]]


@EVERY_LANGUAGE
def test_parts_are_added_in_their_places_and_left_out(story: Story) -> None:
    chosen = ["--with", "captions,notes", "--without", "tables", "--without", "standfirst, title"]
    lines = clean(*chosen, page=story.html).stdout.strip().split("\n\n")
    assert lines == [story.caption, *story.body, *([story.note] if story.note else [])]


@EVERY_LANGUAGE
def test_the_title_is_in_the_text_of_json_only_on_request(story: Story) -> None:
    plain = json.loads(clean("--json", page=story.html).stdout)
    titled = json.loads(clean("--json", "--with", "title", page=story.html).stdout)
    assert plain["text"].startswith(story.standfirst)
    assert titled["text"] == f"{story.title}\n\n{plain['text']}"
    assert titled["markdown"] == f"# {story.title}\n\n{plain['markdown']}"
    assert (titled["title"], titled["blocks"]) == (plain["title"], plain["blocks"])


def test_the_blocks_of_json_are_typed() -> None:
    story = STORIES["en"]
    shown = json.loads(clean("--json", page=story.html).stdout)
    kinds = [(block["kind"], block["text"]) for block in shown["blocks"]]
    assert kinds == [
        ("standfirst", story.standfirst),
        ("caption", story.caption),
        ("paragraph", story.body[0]),
        ("table", " | ".join(story.cells)),
        ("paragraph", story.body[1]),
        ("note", story.note),
    ]
    positions = [block["position"] for block in shown["blocks"]]
    assert positions == sorted(set(positions))
    assert shown["notes"] == [story.note]


def test_a_standfirst_that_the_first_paragraph_begins_with_is_no_part_of_the_text() -> None:
    story = STORIES["en"]
    copy = story.html.replace(story.standfirst, f"{story.body[0][:80]}…")
    assert clean(page=copy).stdout.count(story.body[0][:80]) == 1
    asked = clean("--with", "standfirst", page=copy).stdout
    assert asked.count(story.body[0][:80]) == 2
    other = story.html.replace(story.standfirst, f"{story.body[0][:70]} and wide")
    assert clean(page=other).stdout.count(story.body[0][:70]) == 2


@EVERY_LANGUAGE
def test_the_batch_takes_the_same_options_and_keeps_its_earlier_names(story: Story) -> None:
    line = json.dumps({"id": 1, "url": "https://westmark.example/a", "html": story.html}) + "\n"
    [plain] = clean("--jsonl", "--jobs", "1", page=line).stdout.splitlines()
    [chosen] = clean(
        "--jsonl", "--jobs", "1", "--with", "captions", "--without", "tables", page=line
    ).stdout.splitlines()
    row, other = json.loads(plain), json.loads(chosen)
    assert (row["date"], row["quality"]) == (row["published"], row["verdict"]) == ("2026-01-31T12:00:00+01:00", "ok")
    assert row["text"].split("\n\n") == [story.standfirst, story.body[0], " | ".join(story.cells), story.body[1]]
    assert other["text"].split("\n\n") == [story.standfirst, story.caption, *story.body]


# --- an archive


@EVERY_LANGUAGE
def test_an_archived_article_prints_as_the_page_does(story: Story, filled: Path, site: Server) -> None:
    url = site.url(f"/{story.language}.html")
    chosen = ["--with", "captions", "--without", "tables"]
    shown = data("show", url, "--json", *chosen, "--db", str(filled))
    fresh = json.loads(clean("--json", *chosen, page=story.html).stdout)
    same = ["title", "text", "markdown", "blocks", "notes", "corrections", "embeds", "verdict", "language"]
    drop_image = [{key: value for key, value in block.items() if key != "image"} for block in shown["blocks"]]
    assert drop_image == [{key: value for key, value in block.items() if key != "image"} for block in fresh["blocks"]]
    assert {key: shown[key] for key in same if key != "blocks"} == {key: fresh[key] for key in same if key != "blocks"}
    assert shown["published"] == "2026-01-31T11:00:00Z"


@EVERY_LANGUAGE
def test_show_prints_parts_in_place_and_the_others_below(story: Story, filled: Path, site: Server) -> None:
    url = site.url(f"/{story.language}.html")
    plain = run("show", url, "--db", str(filled)).stdout
    assert f"\n\n{story.standfirst}\n\n{story.body[0]}\n\n" in plain
    assert f"\n\n[caption] {story.caption}" in plain
    placed = run("show", url, "--with", "caption", "--without", "notes", "--db", str(filled)).stdout
    assert f"\n\n{story.caption}\n\n{story.body[0]}\n\n" in placed
    assert "[caption]" not in placed
    assert "[note]" not in placed


def test_every_format_of_export_holds_the_same_parts(filled: Path) -> None:
    chosen = ["--with", "captions,title", "--without", "tables", "--db", str(filled)]
    rows = [json.loads(line) for line in run("export", *chosen).stdout.splitlines()]
    table = list(csv.DictReader(io.StringIO(run("export", "--format", "csv", *chosen).stdout, newline="")))
    pages = run("export", "--format", "markdown", *chosen).stdout.split("\n---\n")
    for row, cells, page in zip(rows, table, pages, strict=True):
        story = STORIES[row["language"]]
        assert row["text"].split("\n\n") == [story.title, story.standfirst, story.caption, *story.body]
        assert cells["text"] == row["text"]
        assert all(part in page for part in (story.title, story.caption, *story.body))
        assert story.cells[1] not in page


def test_the_names_of_fields_are_the_same_in_clean_export_and_show(filled: Path) -> None:
    exported = json.loads(run("export", "--db", str(filled)).stdout.splitlines()[0])
    assert list(exported) == list(data("show", "1", "--json", "--db", str(filled)))
    cleaned = json.loads(clean("--json", page=STORIES["en"].html).stdout)
    kept_by_the_archive = {
        "id",
        "source",
        "words",
        "revision",
        "duplicate_of",
        "first_seen",
        "last_seen",
        "saved_at",
        "saved_tags",
        "starred_at",
        "reader_tags",
        "reader_note",
    }
    assert set(exported) - set(cleaned) == kept_by_the_archive
    assert set(cleaned) - set(exported) == {"removed", "date", "quality"}


def test_a_copy_of_the_archive_checks_and_its_text_is_the_default(filled: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(filled, tmp_path / "copy.db"))
    assert run("check", "--db", str(copy)).exit_code == 0
    with Archive.open(copy, write=False) as archive:
        stored = archive.article("1").article
        assert archive.db.conn.execute("SELECT text FROM articles WHERE id = 1").fetchone() == (stored.text,)
        assert stored.text_of({"standfirst"}) == STORIES[stored.language].standfirst


# --- wrong names


@pytest.mark.parametrize("command", [["clean"], ["export"], ["show", "1"]], ids=lambda words: words[0])
@pytest.mark.parametrize("option", ["--with", "--without"])
def test_an_unknown_part_is_a_usage_error_that_names_the_parts(command: list[str], option: str, path: Path) -> None:
    archive = [] if command == ["clean"] else ["--db", str(path)]
    result = CliRunner().invoke(main, [*command, option, "captions,tabels", *archive], input=STORIES["en"].html)
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = [line for line in result.stderr.splitlines() if "tabels" in line]
    assert all(
        name in line for name in ("title", "standfirst", "headings", "paragraphs", "lists", "quotes", "tables", "code")
    )
    assert all(name in line for name in ("captions", "corrections", "notes", "embeds", option))


def test_a_part_that_is_added_and_left_out_is_named_as_the_help_names_it() -> None:
    result = clean("--with", "table,title", "--without", "tables", page=STORIES["en"].html)
    assert "--with and --without both name tables;" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ["clean", "--with", "tables", "--without", "table"],
        ["clean", "--explain", "--with", "captions"],
        ["show", "1", "--removed", "--without", "tables"],
    ],
    ids=["both name one part", "explain prints every block", "another part of an article"],
)
def test_options_that_do_not_go_together_are_refused(options: list[str], path: Path) -> None:
    archive = [] if options[0] == "clean" else ["--db", str(path)]
    result = CliRunner().invoke(main, [*options, *archive], input=STORIES["en"].html)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--with" in result.stderr.splitlines()[-1]
