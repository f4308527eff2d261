"""Patterns kept between processes do what compiled ones do, and a file that cannot be used is none."""

from __future__ import annotations

import re
import subprocess
import sys
from array import array
from pathlib import Path
from typing import Final

import pytest

from scraper.rules.loader import built_in_rules
from scraper.text import kept_patterns as module
from scraper.text.kept_patterns import FIRST_SAVED, MAX_BYTES, KeptPatterns, build, make_record, read_kept

TIDES: Final = "Low tide at 06:10. Flut um 12:22 Uhr. ÉBBE \u200b»干潮« 'slack\\water' \x00\x7f \U0001f30a"
PATTERNS: Final[tuple[tuple[str | bytes, int], ...]] = (
    ("tide", 0),
    ("TIDE", re.IGNORECASE),
    ("TIDE", 0),
    (r"(?P<hour>\d\d):(?P<minute>\d\d)(?: (?P<word>Uhr))?", 0),
    (r"(?m)^low|ébbe$", re.IGNORECASE),
    ("[\u3040-\u30ff\u3400-\u9fff]+", 0),
    (r"(?<=[a-z])\\(?=w)|\x00|🌊|\u200b", 0),
    ("\ud83c|\udf0a", 0),
    (rb"(?i)(?P<code>t[i]de)\xc3?", 0),
    ("(?x) t i d e  # spaced", 0),
)


@pytest.fixture(autouse=True)
def _writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(module.atexit, "register", lambda save: None)


def found(pattern: re.Pattern[str] | re.Pattern[bytes]) -> object:
    text = TIDES.encode() if isinstance(pattern.pattern, bytes) else TIDES
    matches = [(one.span(), one.groups(), one.groupdict()) for one in pattern.finditer(text)]  # type: ignore[arg-type]
    return pattern.pattern, pattern.flags, pattern.groups, dict(pattern.groupindex), matches


def kept(file: Path, *patterns: tuple[str | bytes, int]) -> KeptPatterns:
    """The patterns of a file that holds these."""
    made = KeptPatterns(file)
    for pattern, flags in patterns:
        made.compiled(pattern, flags)
    made.save()
    return KeptPatterns(file)


@pytest.mark.parametrize(("pattern", "flags"), PATTERNS)
def test_a_kept_pattern_finds_what_the_compiled_one_finds(pattern: str | bytes, flags: int, tmp_path: Path) -> None:
    again = kept(tmp_path / "a.patterns", *PATTERNS)
    assert found(again.compiled(pattern, flags)) == found(re.compile(pattern, flags))
    assert len(again.used) == 1
    assert not again.added


def test_the_patterns_of_all_rules_can_be_kept(tmp_path: Path) -> None:
    rules = [(pattern.pattern, int(pattern.flags)) for pattern in built_in_rules().compiled.values()][::10]
    again = kept(tmp_path / "a.patterns", *rules)
    assert [again.compiled(*one) for one in rules] == [re.compile(*one) for one in rules]
    assert not again.added


def test_a_wrong_pattern_is_an_error_as_ever(tmp_path: Path) -> None:
    with pytest.raises(re.error, match="missing"):
        KeptPatterns(tmp_path / "a.patterns").compiled("(tide", 0)


def test_a_damaged_file_gives_right_patterns(tmp_path: Path) -> None:
    file = tmp_path / "a.patterns"
    kept(file, *PATTERNS[:4])
    body = file.read_bytes()
    for at in range(0, len(body), 5):
        changed = bytes([body[at] ^ 0x15])
        for damaged in (body[:at] + changed + body[at + 1 :], body[:at]):
            file.write_bytes(damaged)
            again = KeptPatterns(file)
            assert all(found(again.compiled(*one)) == found(re.compile(*one)) for one in PATTERNS[:4])
            again.save()
            assert all(read_kept(file).records().values())


def test_what_two_processes_add_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.patterns"
    first, second = KeptPatterns(file), KeptPatterns(file)
    for one, pattern in ((first, "ebb"), (second, "flow")):
        one.compiled(pattern, 0)
        one.save()
    assert len(read_kept(file).places) == 2


def test_a_full_file_starts_again_with_what_is_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.patterns"
    again = kept(file, *PATTERNS)
    again.compiled("tide", 0)
    again.compiled("new", 0)
    monkeypatch.setattr(module, "MAX_BYTES", file.stat().st_size // 2)
    again.save()
    assert len(read_kept(file).places) == 2
    assert MAX_BYTES > 1_000_000


def test_a_process_that_may_be_killed_writes_before_its_end(tmp_path: Path) -> None:
    file = tmp_path / "a.patterns"
    patterns = KeptPatterns(file)
    for number in range(1, 4 * FIRST_SAVED):
        patterns.compiled(f"tide {number}", 0)
        assert number / 2 < len(read_kept(file).places) + FIRST_SAVED
    assert len(read_kept(file).places) == 2 * FIRST_SAVED


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    patterns = KeptPatterns(tmp_path / "file" / "a.patterns")
    assert patterns.compiled("tide", 0).search(TIDES)
    patterns.save()
    assert patterns.compiled("ebb", 0).pattern == "ebb"
    patterns.save()  # as at the end of the process


def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "a.patterns").mkdir()
    patterns = KeptPatterns(tmp_path / "a.patterns")
    assert patterns.compiled("tide", 0).search(TIDES)
    patterns.save()
    assert [file.name for file in tmp_path.iterdir()] == ["a.patterns"]


def test_a_python_with_other_parts_compiles_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "engine", lambda: None)
    patterns = KeptPatterns(tmp_path / "a.patterns")
    assert patterns.compiled("tide", 0).search(TIDES)
    assert not patterns.added


@pytest.mark.parametrize("writes", [True, False])
def test_the_file_follows_the_settings_of_python(writes: bool, tmp_path: Path) -> None:
    program = "from scraper.text.patterns import lazy_pattern; print(lazy_pattern('tide').search('low tide').span())"
    command = [sys.executable, *(() if writes else ("-B",)), "-X", f"pycache_prefix={tmp_path}", "-c", program]
    environment = {"PATH": "", "PYTHONPATH": ":".join(sys.path)}
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environment)
        assert done.stdout == "(4, 8)\n"
    assert len(list(tmp_path.rglob("*.patterns"))) == int(writes)


def test_code_that_this_python_does_not_take_is_compiled_anew() -> None:
    record = make_record("tide", 0)
    head, _, code = record.partition(b"\n")
    wrong = array("I", code)
    wrong[-1] = 99_999
    assert build(record, "tide", 0) == re.compile("tide")
    assert build(head + b"\n" + wrong.tobytes(), "tide", 0) is None
