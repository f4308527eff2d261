"""`python -m archive` runs the `cuttings` command."""

from archive.cli.main import main

main()
