"""`python -m archive` runs the `cuttings` command."""

from archive.cli.main import main

main(prog_name="cuttings")
