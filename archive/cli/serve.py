"""The command `serve`: the archive in Datasette, until it is interrupted."""

from __future__ import annotations

from pathlib import Path

import click

from archive.cli.options import DB, ExampleCommand


@click.command(cls=ExampleCommand, example="cuttings serve --open")
@DB
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. Any other than this machine's own opens the archive to the network.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="Port; 0 picks a free one."
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="With --host: further host name to answer to; may be repeated.",
)
@click.option("--open", "browse", is_flag=True, help="Open the page in a browser.")
def serve(path: Path, host: str, port: int, names: tuple[str, ...], browse: bool) -> None:
    """Browse the archive in a web browser.

    Datasette serves pages to read, search and check the archive, by default on this machine only. The second address that is
    printed holds a secret: it lets your browser restore and mark blocks, and star, tag and note articles.
    """
    from archive.web import server

    place = server.Place(host, port, names)

    def announce(url: str, own: str) -> None:
        for line in server.opens(path, place):
            click.echo(line, err=True)
        click.echo(f"{url} (press Ctrl-C to stop)", err=True)
        if own:
            click.echo(f"{own} also lets your browser restore and mark blocks, star, tag and note", err=True)
        if browse:
            click.launch(own or url)

    server.serve(path, place, ready=announce)
