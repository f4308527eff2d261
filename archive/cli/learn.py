"""`learn`: arguments, the proposals as TOML or JSON, and the rule file that `--apply` adds them to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli.options import DB, JSON, QUIET, RULES, ExampleCommand

if TYPE_CHECKING:
    from archive.learning.proposals import Proposal
    from archive.store.archive import Archive
    from scraper.rules.ruleset import RuleSet

HEAD = """\
# Rules that `cuttings learn` proposed from the archive beside this file. `scrape`, `add` and `reextract` read them of
# themselves; for `clean` name them with --rules. They are yours: change them, or take them out.
"""


@click.command(
    cls=ExampleCommand,
    example="""cuttings learn
    cuttings learn --site example.com --apply""",
)
@DB
@click.option("--site", default="", help="Only this site, by its host or its name.")
@click.option(
    "--min-articles",
    "least",
    type=click.IntRange(2),
    default=3,
    show_default=True,
    help="Stories in which a block must stand at least.",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Rules too that would take nothing out of today's texts: for blocks that go already, for want of evidence.",
)
@click.option("--apply", is_flag=True, help="Add the rules to the archive's rule file, such as archive.rules.toml.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="With --apply: another file to add them to."
)
@RULES
@QUIET
@JSON
def learn(
    path: Path,
    *,
    site: str,
    least: int,
    every: bool,
    apply: bool,
    output: Path | None,
    rules_paths: tuple[Path, ...],
    quiet: bool,
    as_json: bool,
) -> None:
    """Propose rules for blocks that repeat across a site's articles and look like boilerplate, with the evidence."""
    from archive.cli.rules import chosen_rules, own_rules, own_rules_path
    from archive.output.article import to_json
    from archive.store.archive import Archive

    if output and not apply:
        raise click.UsageError("--output goes with --apply")
    target = output or own_rules_path(path)
    known = dict.fromkeys((*own_rules(path), *([target] if target.is_file() else []), *rules_paths))
    with Archive.open(path, write=False) as archive:
        found = proposed(archive, chosen_rules(tuple(known)), site=site, least=least)
    proposals = found if every else [proposal for proposal in found if proposal.takes]
    if as_json:
        click.echo(to_json([proposal.as_dict() for proposal in proposals], indent=1))
    else:
        for line in toml_lines(proposals):
            click.echo(line)
    if apply and proposals:
        add_rules(target, proposals)
    if not quiet:
        click.echo(summary(proposals, target if apply else None, idle=len(found) - len(proposals)), err=True)


def proposed(archive: Archive, rules: RuleSet, *, site: str, least: int) -> list[Proposal]:
    """What the archive teaches, site by site, what repeats most first; rules that would take nothing out of a text among it."""
    from archive.learning.candidates import candidates, listen
    from archive.learning.proposals import propose, tried

    taken = {rule.id for rule in rules.rules}
    sound = listen(archive, rules)
    found = (
        propose(candidate, blocks, taken_ids=taken)
        for candidate, blocks in candidates(archive, rules, sound, site=site, least=least)
    )
    made = tried([proposal for proposal in found if proposal])
    return sorted(made, key=lambda one: (one.host, -one.candidate.repeat.stories, one.rule.id))


def toml_lines(proposals: Sequence[Proposal]) -> Iterator[str]:
    """The proposals as they stand in a rule file."""
    from archive.learning.proposals import as_toml

    for proposal in proposals:
        yield from as_toml(proposal)
        yield ""


def add_rules(path: Path, proposals: Sequence[Proposal]) -> None:
    """Adds rules to a file, which holds all of them or none: it is written beside its place and tried before it takes it."""
    from archive.cli.rules import chosen_rules

    before = path.read_text(encoding="utf-8").rstrip("\n") + "\n" if path.exists() else HEAD
    text = before + "\n" + "\n".join(toml_lines(proposals))
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        made = Path(folder) / path.name
        made.write_text(text, encoding="utf-8")
        chosen_rules((made,))
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(path)


def summary(proposals: Sequence[Proposal], target: Path | None, *, idle: int = 0) -> str:
    """One line for the end. `idle` rules are left out, which would take nothing out of a text."""
    from archive.output.article import counted

    left = f"; --all has {counted(idle, 'rule')} more for what goes already, for want of evidence" if idle else ""
    if not proposals:
        return f"nothing that repeats in texts looks like boilerplate{left}"
    many = counted(len(proposals), "rule")
    takes = sum(proposal.takes for proposal in proposals)
    cost = f"{'it takes' if len(proposals) == 1 else 'they take'} {counted(takes, 'block') if takes else 'nothing'} out of stored texts"
    if target is None:
        return f"{many} proposed; {cost}; --apply keeps {'it' if len(proposals) == 1 else 'them'}{left}"
    return f"{many} added to {target}; {cost}; see {'it' if len(proposals) == 1 else 'them'} at work with `cuttings reextract --dry-run`{left}"
