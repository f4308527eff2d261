"""The command `rules import-ftr`: community site rules as a rule file, tried on the stored pages of their host."""

from __future__ import annotations

import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli.exit_codes import print_error
from archive.cli.options import DB, OUTPUT, ExampleCommand
from archive.cli.output_files import FORCE, new_file
from archive.learning.rule_files import read_rules, rule_paths
from archive.output.article import counted, printable
from scraper.errors import InputError

if TYPE_CHECKING:
    from archive.runs.rule_trial import RuleTrial
    from scraper.rules.community import SiteFile
    from scraper.rules.model import Rule


@click.command(
    "import-ftr",
    cls=ExampleCommand,
    example="""cuttings rules import-ftr example.com --collection ftr-site-config.tar.gz --dry-run
    cuttings rules import-ftr example.com.txt --output example.toml""",
)
@click.argument("site", metavar="FILE|HOST")
@click.option(
    "--collection",
    type=click.Path(path_type=Path),
    default="ftr-site-config",
    show_default=True,
    help="Folder or .tar.gz of the collection in which a HOST is looked up.",
)
@click.option("--host", default="", help="Host of the rules.  [default: the file's name]")
@OUTPUT
@click.option("--dry-run", is_flag=True, help="Only show what each rule does to the stored pages of the host.")
@FORCE
@DB
def import_ftr(
    site: str, collection: Path, host: str, output: Path | None, path: Path, *, dry_run: bool, force: bool
) -> None:
    """Write a site's community rules as a rule file.

    The rules are those of ftr-site-config. Each is tried on the stored pages of the site, and left out if it makes them
    worse. Nothing is applied: pass the file with --rules. A FILE that is a folder or a .tar.gz is read as a whole, and
    only counted.
    """
    source = Path(site)
    if source.is_dir() or tarfile_at(source):
        count_collection(source)
        return
    read = read_site_file(source, collection, host)
    for fault in read.faults:
        print_error(printable(str(fault)))
    trials = try_on_archive(read, path)
    refused = [trial for trial in trials if trial.refused]
    if dry_run:
        for line in [trial.line() for trial in trials] or [
            f"  {rule.id}  {rule.kind}  {rule.pattern}" for rule in read.rules
        ]:
            click.echo(line)
    else:
        for trial in refused:
            print_error(f"{trial.rule.origin}: line {trial.rule.line}: {trial.refused}: {trial.rule.pattern}")
        left_out = {trial.rule.id for trial in trials if not trial.is_kept}
        write_rules(read, tuple(rule for rule in read.rules if rule.id not in left_out), output, force=force)
    click.echo(summary(read, trials, path), err=True)


def tarfile_at(path: Path) -> bool:
    """Whether a path is a tar file."""
    return path.is_file() and not path.name.endswith(".txt") and tarfile.is_tarfile(path)


def read_site_file(source: Path, collection: Path, host: str) -> SiteFile:
    """The rules of a file, or of a host's file in the collection. Raises `InputError`."""
    from scraper.rules.community import host_of_file, parse_site_file

    if source.is_file():
        name, body = source.name, source.read_bytes()
    else:
        name, body = look_up(str(source), collection)
    own = host or host_of_file(name)
    if not own:
        raise InputError(f"{name}: the file is not named after a host; name one with --host")
    read = parse_site_file(body, name=name, host=own.lower().removeprefix("www."))
    if read.is_foreign:
        raise InputError(
            f"{name}: no line of it is a directive of ftr-site-config; give a file such as example.com.txt"
        )
    return read


def look_up(host: str, collection: Path) -> tuple[str, bytes]:
    """The name and bytes of the file of a host, or of the nearest domain above it. Raises `InputError`."""
    from scraper.rules.community import host_of_file

    wanted = host.lower().strip(".").removeprefix("www.")
    above = [wanted.split(".", level)[-1] for level in range(max(wanted.count("."), 1))]
    if not collection.exists():
        raise InputError(
            f"{host}: there is no such file, and no collection at {collection}; name the collection with --collection"
        )
    found = {
        host_of_file(name): (name, body) for name, body in collection_files(collection) if host_of_file(name) in above
    }
    for name in above:
        if name in found:
            return found[name]
    raise InputError(f"{host}: {collection} has no file for this host; write rules of your own, or run cuttings learn")


def collection_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each file of a collection: a folder, or a tar file. Raises `InputError`."""
    try:
        if path.is_dir():
            for file in sorted(path.rglob("*.txt")):
                yield file.name, file.read_bytes()
            return
        with tarfile.open(path) as packed:
            for member in packed:
                content = packed.extractfile(member) if member.isfile() and member.name.endswith(".txt") else None
                if content is not None:
                    yield Path(member.name).name, content.read()
    except (OSError, tarfile.TarError, EOFError) as exc:
        raise InputError(f"{path}: the collection cannot be read ({exc}); give a folder or a .tar.gz") from exc


def count_collection(path: Path) -> None:
    """Reads all files of a collection and prints what was not understood and the counts."""
    from scraper.rules.community import host_of_file, parse_site_file
    from scraper.rules.model import is_xpath

    kinds: Counter[str] = Counter()
    unused: Counter[str] = Counter()
    files = faults = 0
    for name, body in collection_files(path):
        host = host_of_file(name)
        if not host and name.startswith(("LICENSE", "README")):
            continue
        read = parse_site_file(body, name=name, host=host)
        files += 1
        faults += len(read.faults)
        unused += read.unused
        kinds.update("XPath" if is_xpath(rule.pattern) else "CSS" for rule in read.rules)
        for fault in read.faults:
            click.echo(printable(str(fault)))
    click.echo(
        f"{counted(files, 'file')}: {counted(kinds.total(), 'rule')} ({kinds['CSS']:,} as CSS, {kinds['XPath']:,} as XPath), "
        f"{counted(unused.total(), 'line')} without use here, {counted(faults, 'line')} not understood",
        err=True,
    )


def try_on_archive(read: SiteFile, path: Path) -> list[RuleTrial]:
    """The trials of the rules on the stored pages of their host; none without such pages."""
    from archive.runs.rule_trial import read_site, try_rules
    from archive.store.archive import Archive

    if not path.exists():
        return []
    base = read_rules(rule_paths(path))
    with Archive.open(path, write=False) as archive:
        pages = read_site(archive, read.host, base)
        return list(try_rules(archive, read.rules, pages, base)) if pages else []


def write_rules(read: SiteFile, rules: tuple[Rule, ...], output: Path | None, *, force: bool) -> None:
    """Writes a rule file, or prints it. Raises `ConfigError` for a file that is there."""
    from archive.learning.proposals import toml_value
    from scraper.rules.community import as_toml_rows

    head = f"# Community rules for {read.host}, from {read.name} of ftr-site-config.\n"
    text = head + "".join(f"{line}\n" for line in as_toml_rows(rules, quote=toml_value))
    if output is None:
        click.echo(text, nl=False)
        return
    with new_file(output, is_text=True, force=force) as out:
        out.write(text)


def summary(read: SiteFile, trials: list[RuleTrial], archive: Path) -> str:
    """One line for people. `archive` is the file whose pages the rules were tried on."""
    parts = [counted(len(read.rules), "rule")]
    if trials:
        refused = sum(bool(trial.refused) for trial in trials)
        idle = sum(not trial.found for trial in trials)
        parts.append(f"tried on {counted(trials[0].pages, 'stored page')}: {refused:,} refused, {idle:,} found nothing")
    elif read.rules:
        parts.append(
            f"not tried: {archive} has no page of the host"
            if archive.exists()
            else f"not tried: there is no archive {archive}"
        )
    unused = ", ".join(f"{count:,} {name}" for name, count in read.unused.most_common(4))
    parts += [f"{counted(read.unused.total(), 'line')} without use here ({unused})"] if unused else []
    parts += [f"{counted(len(read.faults), 'line')} not understood"] if read.faults else []
    return f"{read.name}: {'; '.join(parts)}"
