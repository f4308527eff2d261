"""Kills commands that write at random moments, then checks that no acknowledged article is lost or damaged.

    python -m tests.bench.kills [--kills 100] [--seed 7] [--only save,reextract,migrate,learn]

Each kill takes a fresh archive (or, for `save`, the archive that the last kill left) and starts a process that does the work.
The process gets SIGKILL after a random part of the time that the work takes. Then `check` must pass, every article that
existed or was acknowledged must be complete, and the same work must succeed. Prints a line for each kind; exits 1 on a loss.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from archive.cli.main import main as cuttings
from archive.learning.rule_files import own_rules_path, read_rules
from archive.maintenance.integrity import check_archive
from archive.store.archive import Archive
from scraper.extraction.extract import extract
from scraper.rules.loader import built_in_rules
from scraper.types import Fetched, Link
from tests.archive.learning.test_learning import STANDING
from tests.archive.schema.fill_archive import TEXTS
from tests.archive.schema.old_archives import FIRST, add_articles, unpack
from tests.support.reextraction import RULE, fetched, harbour_page
from tests.support.visits import START, article, removal, visit

PAGES: Final = 50
OLD_ROWS: Final = 400
SAVES: Final = 400
WORDS: Final = (
    "mill school bridge flood valley council county stood asked built river winter crown farmer road market".split()
)


@dataclass(slots=True)
class Work:
    """One kind of work: how its archive is made, the child that does it, and the check after a kill."""

    make: Callable[[Path], None]
    child: Callable[[Path], None]
    holds: Callable[[Path, list[str], list[str]], None]
    anew: bool = True
    seconds: float = 0.0
    losses: list[str] = field(default_factory=list)


# --- what is killed: runs in a process of its own -----------------------------------------------------------------


def begin() -> None:
    """Tell the parent that the imports are done."""
    print("begin", flush=True)


def save_child(path: Path) -> None:
    """Save articles in batches, two visits each, and print each visit after its commit."""
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="kill")
        first = archive.db.conn.execute("SELECT count(*) FROM articles").fetchone()[0] * 2
        begin()
        for number in range(first, first + SAVES, 4):
            batch = [(at, f"https://h{at % 3}.example/{at // 2}") for at in range(number, number + 4)]
            outcomes = [
                visit(
                    article(
                        *(f"Paragraph {part} of visit {at} has words." for part in range(12)),
                        url=url,
                        title=f"Title {at}",
                    ),
                    url=url,
                    removals=(removal(position=50),),
                    body=b"<html>" + b"x y " * at,
                )
                for at, url in batch
            ]
            archive.save_many(outcomes, run=run, at=START)
            for at, url in batch:
                print(f"{at} {url}", flush=True)


def reextract_child(path: Path) -> None:
    begin()
    with suppress(SystemExit):
        cuttings.main(["reextract", "--db", str(path), "--jobs", "1", "-q"], standalone_mode=False)


def migrate_child(path: Path) -> None:
    begin()
    Archive.open(path).close()


def learn_child(path: Path) -> None:
    begin()
    cuttings.main(["learn", "--db", str(path), "--apply", "-q"], standalone_mode=False)


# --- archives to begin with ---------------------------------------------------------------------------------------


def make_nothing(path: Path) -> None:
    Archive.open(path, create=True).close()


def make_pages(path: Path) -> None:
    """Pages with a promo in their text, and a rule file that removes it."""
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="kill")
        archive.save_many([fetched(harbour_page(number)) for number in range(1, PAGES + 1)], run=run, at=START)
    own_rules_path(path).write_text(RULE, encoding="utf-8")


def make_old(path: Path) -> None:
    """An archive of the first version with many articles."""
    unpack(FIRST, path)
    texts = (
        " ".join(hashlib.sha256(b"%d %d" % (number, part)).hexdigest()[:6] for part in range(200))
        for number in range(OLD_ROWS)
    )
    add_articles(path, {f"https://h{number % 9}.example/{number}": text for number, text in enumerate(texts)})


def make_repeats(path: Path) -> None:
    """Articles with the same appeal in each."""
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="kill")
        for number in range(8):
            drawn = random.Random(number)
            lines = (" ".join(drawn.choices(WORDS, k=25)) for _ in range(3))
            found = harbour_page(number, body=f"<p>{STANDING}</p>" + "".join(f"<p>The {line}.</p>" for line in lines))
            archive.save(Fetched(Link(found.url, "x"), found, extract(found, built_in_rules())), run=run, at=START)


# --- what must hold -----------------------------------------------------------------------------------------------


def expect(fact: bool, losses: list[str], what: str) -> None:
    if not fact:
        losses.append(what)


def saved_holds(path: Path, told: list[str], losses: list[str]) -> None:
    with Archive.open(path) as archive:
        for line in told:
            number, url = line.split()
            texts = "".join(revision.text for revision in archive.revisions(archive.article(url).id))
            expect(f"of visit {number} has" in texts, losses, f"visit {number} of {url} was told and is gone")


def reextracted_holds(path: Path, told: list[str], losses: list[str]) -> None:
    with Archive.open(path) as archive:
        for number in range(1, PAGES + 1):
            first, *later = archive.revisions(archive.article(harbour_page(number).url).id)
            expect(
                "Almanac" in first.text and len(later) <= 1,
                losses,
                f"article {number} has lost its first text, or has too many",
            )
    with redirect_stdout(io.StringIO()):
        reextract_child(path)
    with Archive.open(path) as archive:
        for number in range(1, PAGES + 1):
            found = archive.article(harbour_page(number).url)
            expect(
                "Almanac" not in found.article.text and found.revision == 2,
                losses,
                f"article {number} was not extracted by the next run",
            )


def migrated_holds(path: Path, told: list[str], losses: list[str]) -> None:
    with Archive.open(path) as archive:
        count = archive.db.conn.execute("SELECT count(*), count(DISTINCT text) FROM articles").fetchone()
        expect(count == (OLD_ROWS + len(TEXTS),) * 2, losses, f"{count} articles and texts after migrating")


def learned_holds(path: Path, told: list[str], losses: list[str]) -> None:
    own = own_rules_path(path)
    if own.exists():
        expect(len(read_rules((own,)).rules) == len(built_in_rules().rules) + 1, losses, "the rule file is not whole")
    with redirect_stdout(io.StringIO()):
        learn_child(path)
    expect(len(read_rules((own,)).rules) == len(built_in_rules().rules) + 1, losses, "the next run learned nothing")
    expect(
        {file.name for file in path.parent.iterdir() if file.suffix == ".toml"} == {own.name},
        losses,
        "pieces of a rule file are left",
    )


def all_work() -> dict[str, Work]:
    return {
        "save": Work(make_nothing, save_child, saved_holds, anew=False),
        "reextract": Work(make_pages, reextract_child, reextracted_holds),
        "migrate": Work(make_old, migrate_child, migrated_holds),
        "learn": Work(make_repeats, learn_child, learned_holds),
    }


# --- killing ------------------------------------------------------------------------------------------------------


def start(name: str, path: Path) -> subprocess.Popen[str]:
    """The child process, after it has printed that it begins."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.kills", "--child", name, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begin\n"
    return process


def copy_archive(template: Path, folder: Path) -> Path:
    """A copy of a closed archive and of its rule file."""
    folder.mkdir()
    for file in template.parent.iterdir():
        shutil.copy(file, folder / file.name)
    return folder / template.name


def kill_often(name: str, work: Work, folder: Path, *, kills: int, chance: random.Random) -> int:
    """Kill a kind of work this many times; add losses to `work`. Return the number of kills that came before its end."""
    (folder / name).mkdir()
    template = folder / name / "a.db"
    work.make(template)
    measured = copy_archive(template, folder / f"{name}-measured")
    process = start(name, measured)
    began = time.monotonic()
    process.communicate(timeout=300)
    work.seconds = time.monotonic() - began
    if process.returncode != 0:
        work.losses.append(f"{name} fails without a kill: exit code {process.returncode}")
        return 0
    met = 0
    path = template
    for number in range(kills):
        if work.anew or number == 0:
            path = copy_archive(template, folder / f"{name}-{number}")
        process = start(name, path)
        time.sleep(chance.uniform(0, work.seconds))
        process.send_signal(signal.SIGKILL)
        told = process.communicate(timeout=60)[0].splitlines(keepends=True)
        met += process.returncode == -signal.SIGKILL
        losses: list[str] = []
        for problem in check_archive(path).problems:
            losses.append(problem.line())
        work.holds(path, [line for line in told if line.endswith("\n")], losses)
        work.losses += [f"kill {number}: {loss}" for loss in losses]
        if work.anew:
            shutil.rmtree(path.parent)
    return met


def main() -> int:
    """Run the kills; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100, help="number of kills, shared among the kinds")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", default="save,reextract,migrate,learn")
    parser.add_argument("--child", nargs=2, metavar=("KIND", "ARCHIVE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    works = all_work()
    if asked.child:
        works[asked.child[0]].child(Path(asked.child[1]))
        return 0
    names = asked.only.split(",")
    bad = 0
    with tempfile.TemporaryDirectory(prefix="cuttings-kills-") as folder:
        for place, name in enumerate(names):
            work = works[name]
            share = asked.kills // len(names) + (place < asked.kills % len(names))
            met = kill_often(name, work, Path(folder), kills=share, chance=random.Random(f"{asked.seed} {name}"))
            print(
                f"{name}: {share} kills, {met} of them at work ({work.seconds:.1f} s of work), {len(work.losses)} losses",
                flush=True,
            )
            for loss in work.losses[:10]:
                print(f"  {loss}", flush=True)
            bad += len(work.losses)
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
