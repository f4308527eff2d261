"""The command `cron-line`: what makes cron, systemd or GitHub Actions run `scrape` by the clock."""

from __future__ import annotations

from pathlib import Path

import click

from archive.cli.exit_codes import print_error
from archive.cli.options import DB, ExampleCommand
from archive.cli.output_files import FORCE, new_file
from scraper.errors import InputError


@click.command(
    "cron-line",
    cls=ExampleCommand,
    example="""(crontab -l; cuttings cron-line sources.toml) | crontab -
    cuttings cron-line sources.toml --for systemd -o ~/.config/systemd/user
    cuttings cron-line sources.toml --for github -o .github/workflows/scrape.yml""",
)
@click.argument("sources", type=click.Path(path_type=Path), default="sources.toml", metavar="[SOURCES.toml]")
@click.option(
    "--for",
    "target",
    type=click.Choice(["crontab", "systemd", "github"]),
    default="crontab",
    show_default=True,
    help="The program that is to run it.",
)
@DB
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File to write to; for systemd a folder.  [default: standard output]",
)
@FORCE
def cron_line(sources: Path, target: str, path: Path, output: Path | None, force: bool) -> None:
    """Print what runs a list each hour: cron, systemd, GitHub.

    The line for a crontab names everything by its absolute path. It prints nothing, so cron mails nothing, while all is well
    and while another run works.

    For systemd, --output names a folder for a service and its timer. The workflow for GitHub Actions commits the articles as
    Markdown ("git scraping").
    """
    from archive.cli.program import program_command
    from archive.cli.schedules import Job, crontab_line, systemd_units
    from scraper.sources.source_list import load_sources

    load_sources(sources)  # its faults are told now, not by cron
    job = Job(program_command(), sources.absolute(), path.absolute())
    if target == "systemd":
        write_units(systemd_units(job), output, force=force)
        return
    write_text(crontab_line(job) if target == "crontab" else workflow(sources), output, force=force)


def write_text(text: str, output: Path | None, *, force: bool) -> None:
    """Prints a text, or writes it to a file, whose folder is made."""
    if output is None:
        click.echo(text, nl=False)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    with new_file(output, is_text=True, force=force) as out:
        out.write(text)


def write_units(units: dict[str, str], folder: Path | None, *, force: bool) -> None:
    """Prints units of systemd, or writes them to a folder, and says how they are started."""
    if folder is None:
        click.echo("\n".join(f"# {name}\n{text}" for name, text in units.items()), nl=False)
        return
    for name, text in units.items():
        write_text(text, folder / name, force=force)
    click.echo(
        "Start it with: systemctl --user daemon-reload && systemctl --user enable --now cuttings.timer", err=True
    )
    click.echo("Read what it printed with: journalctl --user -u cuttings", err=True)


def workflow(sources: Path) -> str:
    """The workflow for the repository that holds the source list. Raises `InputError` outside a repository."""
    from archive.cli.schedules import github_workflow
    from scraper.extras import requirement_words, this_installation

    path = sources.resolve()
    top = next((folder for folder in path.parents if (folder / ".git").exists()), None)
    if top is None:
        raise InputError(
            f"{sources}: the list is in no Git repository; run git init in its folder, or move it into one"
        )
    package = requirement_words(this_installation().origin)
    if "file://" in package:
        print_error(f"GitHub cannot install {package}; write the address of your Cuttings into the step Install")
        package = "cuttings"
    return github_workflow(path.relative_to(top).as_posix(), package)
