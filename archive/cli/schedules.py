"""Text that lets other programs run `scrape` by the clock: a line of a crontab, units of systemd, a workflow of GitHub Actions.

All names in it are absolute: cron and systemd start in another folder, with a short PATH.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MINUTE: Final = 17
"""Of each hour; at full hours servers have the most to do."""
UNIT: Final = "cuttings"
"""The name of the units of systemd."""
PLAIN: Final = re.compile(r"[\w@+=:,./-]+")
"""Words that systemd reads as they stand."""

SERVICE: Final = """\
[Unit]
Description=Cuttings scrapes {sources}

[Service]
Type=oneshot
ExecStart={command}
# 3: another run holds the archive's lock
SuccessExitStatus=3
Nice=10
"""

TIMER: Final = """\
[Unit]
Description=Cuttings scrapes {sources} each hour

[Timer]
OnCalendar=*:{minute}
RandomizedDelaySec=5m
Persistent=true

[Install]
WantedBy=timers.target
"""

WORKFLOW: Final = """\
# Git scraping: each run commits the texts that are new or edited, so that `git log -p articles` shows every edit.
name: Scrape
on:
  schedule:
    - cron: "{minute} * * * *"
  workflow_dispatch:
permissions:
  contents: write
concurrency: cuttings
jobs:
  scrape:
    runs-on: ubuntu-latest
    timeout-minutes: 50
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
      - name: Install
        run: pip install {package}
      - name: Fetch the archive of the last run
        uses: actions/cache/restore@v4
        with:
          path: archive.db
          key: cuttings-${{{{ github.run_id }}}}
          restore-keys: cuttings-
      - name: Scrape
        run: cuttings scrape {sources} --db archive.db --max-time 40m || test $? -eq 1
      - name: Keep the archive for the next run
        if: always()
        uses: actions/cache/save@v4
        with:
          path: archive.db
          key: cuttings-${{{{ github.run_id }}}}
      - name: Commit the texts
        run: |
          cuttings export --db archive.db --format markdown --front-matter --force -o articles/
          git config user.name github-actions
          git config user.email 41898282+github-actions[bot]@users.noreply.github.com
          git add articles
          git diff --cached --quiet || git commit --message "Articles of $(date --utc +%FT%RZ)"
          git push
      - name: Fail if an alarm is open
        run: cuttings status --db archive.db
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A run to schedule: the command of the program, and absolute paths of the source list and the archive."""

    program: tuple[str, ...]
    sources: Path
    archive: Path

    @property
    def words(self) -> tuple[str, ...]:
        """The command of the run. With `-q` it prints only what a person should see."""
        return (*self.program, "scrape", str(self.sources), "--db", str(self.archive), "-q")


def crontab_line(job: Job) -> str:
    r"""The line of a crontab. A % would end the command there (crontab(5)).

    >>> crontab_line(Job(("/opt/c",), Path("/my news/s.toml"), Path("/100%.db")))
    "17 * * * * /opt/c scrape '/my news/s.toml' --db /100\\%.db -q\n"
    """
    return f"{MINUTE} * * * * {shlex.join(job.words)}\n".replace("%", "\\%")


def systemd_units(job: Job) -> dict[str, str]:
    """The service and its timer, by file name."""
    sources = str(job.sources).replace("%", "%%")
    return {
        f"{UNIT}.service": SERVICE.format(sources=sources, command=systemd_command(job.words)),
        f"{UNIT}.timer": TIMER.format(sources=sources, minute=MINUTE),
    }


def systemd_command(words: Sequence[str]) -> str:
    """A command as systemd.service(5) reads it, which is not as a shell does. The program's own path may hold a $.

    >>> print(systemd_command(["/opt/c", "my news.toml", "100%$x"]))
    /opt/c "my news.toml" "100%%$$x"
    """
    written = [word if PLAIN.fullmatch(word) else systemd_quoted(word) for word in words]
    return " ".join([written[0].replace("$$", "$"), *written[1:]])


def systemd_quoted(word: str) -> str:
    """A word in quotation marks, without specifiers, variables and escapes."""
    for character, written in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        word = word.replace(character, written)
    return f'"{word}"'


def github_workflow(sources: str, package: str) -> str:
    """The workflow. `sources` is relative to the repository's top, `package` is what pip installs."""
    return WORKFLOW.format(minute=MINUTE, sources=shlex.quote(sources), package=shlex.quote(package))
