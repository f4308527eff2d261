"""The command `learn`: proposed rules as TOML or JSON, and the rule file that `--apply` appends them to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli.options import DB, JSON, QUIET, RULES, SITE, ExampleCommand, warn_unknown_site
from archive.cli.printing import JsonForm, print_json
from archive.learning.rule_files import append_rules, own_rules_path, read_rules, rule_paths, toml_lines
from archive.output.article import counted

if TYPE_CHECKING:
    from archive.learning.proposals import Proposal
    from archive.store.archive import Archive
    from scraper.rules.ruleset import RuleSet


@click.command(
    cls=ExampleCommand,
    example="""cuttings learn
    cuttings learn --site example.com --apply""",
)
@DB
@SITE
@click.option(
    "--min-articles",
    type=click.IntRange(2),
    default=3,
    show_default=True,
    help="Minimum number of articles in which a block must appear.",
)
@click.option(
    "--all",
    "with_idle",
    is_flag=True,
    help="Also rules that would change no stored text: for blocks already removed by the scorer.",
)
@click.option("--apply", is_flag=True, help="Append the rules to the archive's rule file, such as archive.rules.toml.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --apply: rule file to append to instead.",
)
@RULES
@QUIET
@JSON
def learn(
    path: Path, *, site: str, min_articles: int, with_idle: bool, apply: bool, output: Path | None,
    rules_paths: tuple[Path, ...], quiet: bool, as_json: JsonForm,
) -> None:  # fmt: skip
    """Propose rules for boilerplate that repeats across articles.

    Each proposal comes with its evidence. Without --apply nothing is written.
    """
    from archive.store.archive import Archive

    if output and not apply:
        raise click.UsageError("--output needs --apply")
    target = output or own_rules_path(path)
    known = dict.fromkeys((*rule_paths(path), *([target] if target.is_file() else []), *rules_paths))
    with Archive.open(path, write=False) as archive:
        warn_unknown_site(archive, site)
        found = find_proposals(archive, read_rules(tuple(known)), site=site, min_articles=min_articles)
    proposals = found if with_idle else [proposal for proposal in found if proposal.takes]
    if as_json:
        print_json([proposal.as_dict() for proposal in proposals], as_json)
    else:
        for line in toml_lines(proposals):
            click.echo(line)
    if apply and proposals:
        append_rules(target, proposals)
    if not quiet:
        click.echo(summary(proposals, target if apply else None, idle=len(found) - len(proposals)), err=True)


def find_proposals(archive: Archive, rules: RuleSet, *, site: str, min_articles: int) -> list[Proposal]:
    """Every proposal, by site and the number of articles; also those that would change no stored text."""
    from archive.learning.candidates import find_candidates, train_on_archive
    from archive.learning.proposals import drop_faulty, propose

    taken = {rule.id for rule in rules.rules}
    classifier = train_on_archive(archive, rules)
    found = (
        propose(candidate, blocks, taken_ids=taken)
        for candidate, blocks in find_candidates(archive, rules, classifier, site=site, min_articles=min_articles)
    )
    faultless = drop_faulty([proposal for proposal in found if proposal])
    return sorted(faultless, key=lambda one: (one.host, -one.candidate.repeat.stories, one.rule.id))


def summary(proposals: Sequence[Proposal], target: Path | None, *, idle: int = 0) -> str:
    """The summary in one line. `idle` is the number of rules that were left out because they would change no text."""
    more = f"; --all adds {counted(idle, 'rule')} for blocks already removed by the scorer" if idle else ""
    if not proposals:
        return f"no repeated block in stored texts looks like boilerplate{more}"
    blocks = sum(proposal.takes for proposal in proposals)
    effect = f"{counted(blocks, 'block')} of stored texts would be removed" if blocks else "no stored text would change"
    rules = counted(len(proposals), "rule")
    if target is None:
        return f"{rules} proposed: {effect}; --apply appends them to the archive's rule file{more}"
    return f"{rules} added to {target}: {effect}; see the changes with `cuttings reextract --dry-run`{more}"
