"""`clean`: one document, and the JSONL batch, through the real command."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive.cli.clean_input import MAX_BYTES, detect, read_document
from archive.cli.clean_jsonl import MAX_LINE_BYTES, clean_lines, read_lines
from archive.cli.jsonl_line import Line, clean_line
from archive.cli.main import main
from scraper.errors import InputError
from tests.support import ROOT

SEEDS = ROOT / "seeds"
DIRTY = SEEDS / "nbcnews-raqqa-2016.txt"
EXPECTED = json.loads((SEEDS / "nbcnews-raqqa-2016.expected.json").read_text())
BODY = (
    "The harbour master said on Monday that the old ferry would sail again in the spring, after two years on the slip."
)
PAGE = f"""<!doctype html><html lang="en"><head><title>Ferry to sail again</title>
<meta property="article:published_time" content="2026-01-31T12:00:00Z"><meta name="author" content="Ann Lee"></head>
<body><nav><a href="/">Home</a> <a href="/news">News</a></nav><article><h1>Ferry to sail again</h1>
<p>{BODY}</p><p>Related: The winter when the harbour froze over</p><p>{BODY.replace("Monday", "Tuesday")}</p>
<p>{BODY.replace("Monday", "Friday")}</p></article></body></html>"""


def clean(*arguments: str, input: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["clean", *arguments], input=input)


def clean_json(*arguments: str, input: str | bytes | None = None) -> dict[str, Any]:
    result = clean("--format", "json", *arguments, input=input)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


# --- one document


def test_the_seed_article_gives_exactly_the_expected_result() -> None:
    shown = clean_json(str(DIRTY))
    assert {key: shown[key] for key in EXPECTED if key != "removed"} == {
        key: EXPECTED[key] for key in EXPECTED if key != "removed"
    }
    assert [{"kind": row["kind"], "text": row["text"]} for row in shown["removed"]] == EXPECTED["removed"]


def test_clean_text_cleaned_again_is_the_same() -> None:
    once = clean(str(DIRTY)).stdout
    assert clean("--input", "text", input=once).stdout == once


def test_a_page_is_read_from_a_file_and_from_standard_input_alike(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE)
    from_file = clean_json(str(tmp_path / "page.html"))
    assert from_file == clean_json(input=PAGE) == clean_json("-", input=PAGE)
    assert (from_file["title"], from_file["authors"]) == ("Ferry to sail again", ["Ann Lee"])
    assert from_file["date"] == "2026-01-31T12:00:00Z"
    assert from_file["text"].count("The harbour master") == 3
    assert "Related:" not in from_file["text"]


def test_explain_shows_whether_each_block_was_kept() -> None:
    result = clean("--explain", input=PAGE)
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines if "harbour master" in line] == ["kept"] * 3
    [related] = [line for line in lines if "Related:" in line]
    assert related.split()[:2] == ["removed", "related"]
    assert any(line.startswith(("removed", "outside")) and "Home" in line for line in lines)
    assert "blocks kept" in result.stderr
    assert "\x1b" not in result.output


def test_explain_goes_into_json_as_blocks() -> None:
    shown = clean_json("--explain", input=PAGE)
    blocks = shown["blocks"]
    assert shown["evidence"]
    assert [block["position"] for block in blocks] == list(range(len(blocks)))
    [body] = [block for block in blocks if "Monday" in block["text"]]
    assert (body["verdict"], body["kind"], body["rule"], body["place"]) == ("kept", "paragraph", None, "article > p")
    assert body["score"] > 0.5
    assert {"feature", "value", "odds"} == set(body["weights"][0])
    assert clean("--explain", "--json", input=PAGE).stdout == clean("--explain", "--format", "json", input=PAGE).stdout


def test_explain_goes_into_a_page_and_into_a_file(tmp_path: Path) -> None:
    page = clean("--explain", "--html", input=PAGE)
    assert page.exit_code == 0
    assert page.stdout.startswith("<!doctype html>")
    assert page.stdout.endswith("</html>\n\n") or page.stdout.endswith("</html>\n")
    assert page.stdout.count("<del") >= 1
    file = tmp_path / "why.html"
    assert clean("--explain", "--html", "--output", str(file), input=PAGE).stdout == ""
    assert file.read_text(encoding="utf-8") == page.stdout
    assert clean("--output", str(tmp_path / "none" / "x"), input=PAGE).exit_code == 2


@pytest.mark.parametrize(
    "options",
    [
        ["--html"],
        ["--format", "html"],
        ["--explain", "--html", "--format", "markdown"],
        ["--jsonl", "--json"],
    ],
)
def test_options_that_exclude_each_other_are_refused(options: list[str]) -> None:
    assert clean(*options, input=PAGE).exit_code == 2


def test_markdown_has_the_title_as_heading() -> None:
    assert clean("--format", "markdown", input=PAGE).stdout.startswith(
        "# Ferry to sail again\n\n*Ann Lee · 2026-01-31*\n\n"
    )


def test_a_rule_file_of_the_user_is_used(tmp_path: Path) -> None:
    rules = tmp_path / "mine.toml"
    rules.write_text(
        '[[rule]]\nid = "other.friday.test"\nstage = "text"\nkind = "other"\nwords = ["friday"]\npattern = "on Friday"\n'
        'why = "a test"\nhit = ["x on Friday"]\nmiss = ["x on Monday"]\n'
    )
    assert clean_json("--rules", str(rules), input=PAGE)["text"].count("The harbour master") == 2


def test_a_bad_rule_file_is_one_line_that_names_it(tmp_path: Path) -> None:
    rules = tmp_path / "mine.toml"
    rules.write_text('[[rule]]\nid = "a.b"\n')
    result = clean("--rules", str(rules), input=PAGE)
    assert (result.exit_code, result.stderr) == (2, "cuttings: mine.toml: line 1: a.b: 'stage' is missing\n")


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"<!DOCTYPE html><p>One", "html"),
        (b"\xef\xbb\xbf  <html><body>One", "html"),
        ("<html><body>One".encode("utf-16"), "html"),
        (b"One paragraph.</p><p>Another", "html"),
        (b"Ferry to sail again\n\nThe harbour master said 1 < 2.", "text"),
        (b"Write to <ann@example.com> for more", "text"),
    ],
)
def test_html_and_text_are_told_apart(start: bytes, kind: str) -> None:
    assert detect(start) == kind


# --- bad input


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"%PDF-1.7 ...", "this is a PDF"),
        (b"\x89PNG\r\n\x1a\n", "this is a PNG image"),
        (gzip.compress(b"<p>x</p>"), "this is gzip"),
        (b"<p>One\0\1two\0</p>", "this is a binary file"),
        (b"<p>" + b"x" * 50_000_000, "larger than 20 MB"),
    ],
    ids=["empty", "blank", "pdf", "png", "gzip", "nul", "50 MB"],
)
def test_input_that_is_not_a_document_is_one_line_and_exit_code_2(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    file = tmp_path / "document"
    file.write_bytes(content)
    result = clean(str(file))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"cuttings: {file}: {complaint}")
    assert result.stderr.count("\n") == 1


def test_a_text_with_a_nul_is_read_without_it() -> None:
    assert clean(input=PAGE.replace("harbour", "har\0bour")).stdout == clean(input=PAGE).stdout


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    assert (
        clean(str(tmp_path / "none.html")).stderr
        == f"cuttings: {tmp_path}/none.html: No such file or directory; pass an HTML or text file, a URL, or - for standard input\n"
    )
    assert (
        clean(str(tmp_path)).stderr
        == f"cuttings: {tmp_path}: no .htm, .html, .shtml, .text, .txt, .xhtml is in this folder; name files, folders, patterns or URLs\n"
    )
    assert clean(str(tmp_path)).exit_code == 2


@pytest.mark.parametrize("endless", ["/dev/zero", "/dev/urandom"])
def test_an_endless_file_is_refused(endless: str) -> None:
    result = clean(endless)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_no_more_than_the_cap_is_read_of_endless_text() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            buffer[:] = b"y" * len(buffer)
            self.taken += len(buffer)
            return len(buffer)

    raw = Endless()
    with pytest.raises(InputError, match="larger than 20 MB"):
        read_document(io.BufferedReader(raw), name="pipe", limit=MAX_BYTES)
    assert raw.taken < MAX_BYTES + 1_000_000


def test_a_page_without_an_article_is_reported_and_fails() -> None:
    result = clean(input="<html><body><nav><a href='/'>Home</a></nav></body></html>")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("cuttings: standard input: no article text found")


@pytest.mark.parametrize(
    ("url", "code", "complaint"),
    [
        ("http://127.0.0.1:9/a.html", 4, "--allow-private"),
        ("http://", 2, "not a valid"),
        ("http://name.invalid/a.html", 4, "name.invalid"),
    ],
)
def test_an_address_that_cannot_be_fetched_is_one_line(url: str, code: int, complaint: str) -> None:
    result = clean(url)
    assert (result.exit_code, result.stderr.count("\n")) == (code, 1)
    assert complaint in result.stderr


def test_a_closed_pipe_is_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE.replace("</article>", f"<p>{BODY}</p>" * 1000 + "</article>"))
    command = f"{sys.executable} -m archive clean --explain {tmp_path}/page.html | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "0"
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_a_locale_without_the_letters_of_news_does_no_harm() -> None:
    environment = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-m", "archive", "clean", str(DIRTY)],
        capture_output=True,
        env=environment,
        timeout=60,
        check=True,
    )
    assert "ISIS’ Syrian stronghold" in done.stdout.decode("utf-8")


# --- batch


def jsonl(*rows: Any) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


def test_lines_are_answered_in_order_and_bad_lines_in_their_place() -> None:
    rows = jsonl(
        {"id": "a", "url": "https://example.com/a", "html": PAGE},
        "{not json",
        "",
        {"id": 7, "text": DIRTY.read_text()},
        {"id": "c"},
        ["no object"],
        {"id": "d", "html": 5},
        {"html": PAGE, "text": "both"},
        '{"id": NaN, "html": "x"}',
    )
    result = clean("--jsonl", "--jobs", "2", input=rows)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [answer.get("id", answer.get("line")) for answer in answers] == ["a", 2, 7, "c", 6, "d", 8, 9]
    assert ["error" in answer for answer in answers] == [False, True, False, True, True, True, True, True]
    assert "6 lines could not be cleaned" in result.stderr
    assert answers[2]["title"] == EXPECTED["title"]


def test_an_answer_has_the_documented_keys_in_order() -> None:
    [answer] = clean(
        "--jsonl", "--jobs", "1", input=jsonl({"id": "a", "url": "https://example.com/a", "html": PAGE})
    ).stdout.splitlines()
    row = json.loads(answer)
    assert list(row) == [
        "id", "url", "title", "authors", "contributors", "published", "modified", "language", "site", "section", "tags",
        "description", "image", "free", "text", "markdown", "blocks", "captions", "corrections", "notes", "embeds",
        "verdict", "evidence", "removed", "date", "quality",
    ]  # fmt: skip
    assert (row["published"], row["verdict"]) == (row["date"], row["quality"])
    assert (row["url"], row["date"]) == ("https://example.com/a", "2026-01-31T12:00:00Z")
    assert set(row["removed"][0]) == {"rule", "kind", "position", "text"}


def test_all_good_lines_exit_0_and_no_lines_too() -> None:
    assert clean("--jsonl", "--jobs", "1", input=jsonl({"id": 1, "html": PAGE})).exit_code == 0
    assert clean("--jsonl", "--jobs", "1", input="").exit_code == 0


def test_a_page_without_text_is_answered_not_failed() -> None:
    done, text = clean_line(Line(1, json.dumps({"id": 1, "html": "<p></p>"}).encode()))
    assert done
    assert (json.loads(text)["text"], json.loads(text)["id"]) == ("", 1)


def test_a_lone_surrogate_from_an_escape_does_no_harm() -> None:
    done, text = clean_line(Line(1, b'{"id": "\\ud800", "html": "<p>a \\udfff b</p>"}'))
    assert done
    assert json.loads(text.encode())["id"] == "\ud800"


def test_a_line_over_the_cap_is_skipped_and_the_next_is_read() -> None:
    stream = io.BytesIO(b"x" * 50 + b"\n" + b'{"id": 1}\n' + b"y" * 10)
    lines = list(read_lines(stream, name="test", limit=10))
    assert [(line.number, line.body, bool(line.error)) for line in lines] == [
        (1, b"", True),
        (2, b'{"id": 1}\n', False),
        (3, b"y" * 10, False),
    ]


def test_a_line_that_never_ends_is_refused() -> None:
    result = clean("--jsonl", "--jobs", "1", "/dev/zero")
    assert (result.exit_code, result.stderr) == (2, "cuttings: /dev/zero: line 1 does not end; is this JSONL?\n")


def test_lines_are_taken_only_as_far_ahead_as_the_window() -> None:
    taken = 0

    def endless() -> Any:
        nonlocal taken
        while True:
            taken += 1
            yield Line(taken, b'{"id": 1}')

    answers = clean_lines(endless(), jobs=1)
    for _ in range(20):
        next(answers)
    answers.close()
    assert taken < 40


def test_a_document_that_overruns_its_deadline_costs_only_itself() -> None:
    slow = {"id": "slow", "html": "<b>x</b> " * 500_000}
    good = {"id": "good", "html": PAGE}
    lines = read_lines(io.BytesIO(jsonl(good, slow, good).encode()), name="test", limit=MAX_LINE_BYTES)
    answers = [json.loads(text) for _, text in clean_lines(lines, jobs=1, deadline=1.5)]
    assert [answer["id"] for answer in answers] == ["good", "slow", "good"]
    assert "longer than 1.5 s" in answers[1]["error"]
    assert answers[0] == answers[2]


def test_batch_options_that_exclude_each_other_are_a_usage_error() -> None:
    for option in (["--explain"], ["--format", "json"], ["--input", "text"]):
        assert clean("--jsonl", *option, input="").exit_code == 2
