"""Commands that install an extra of Cuttings, right for how this Cuttings was installed.

`pip install 'cuttings[mcp]'` is wrong for a copy of pipx or uv, whose environments have no pip, and for one that came from a
folder or from Git, since it would fetch another Cuttings.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

NAME: Final = "cuttings"

MARKS: Final = (
    ("pipx", "pipx_metadata.json"),
    ("uv tool", "uv-receipt.toml"),
)
"""Files at the top of an environment that name the program which made it."""


@dataclass(frozen=True, slots=True)
class Installation:
    """How Cuttings was installed. `origin` is the content of `direct_url.json` (PEP 610), empty for a package of an index.

    `tool` is pipx, `uv tool`, uvx, uv or pip. `python` is the interpreter if `pip` would be another environment's.
    """

    tool: str = "pip"
    origin: str = ""
    python: str = ""


def install_command(extra: str, how: Installation | None = None) -> str:
    """The command that adds an extra.

    >>> install_command("mcp", Installation("pipx"))
    "pipx install --force 'cuttings[mcp]'"
    >>> install_command("mcp", Installation("uv", '{"url": "file:///src/cuttings", "dir_info": {"editable": true}}', "/v/bin/python"))
    "uv pip install --python /v/bin/python -e '/src/cuttings[mcp]'"
    """
    how = how or this_installation()
    wanted = requirement(extra, how.origin)
    python = shlex.quote(how.python)
    commands = {
        "pipx": f"pipx install --force {wanted}",
        "uv tool": f"uv tool install --force {wanted}",
        "uvx": f"uvx --from {wanted} cuttings",
        "uv": f"uv pip install {f'--python {python} ' if how.python else ''}{wanted}",
        "pip": f"{f'{python} -m ' if how.python else ''}pip install {wanted}",
    }
    return commands[how.tool]


def requirement(extra: str, origin: str) -> str:
    """The package with an extra, from where it came, as the words of a command.

    >>> requirement("mcp", "")
    "'cuttings[mcp]'"
    """
    if is_editable(origin):
        folder = url2pathname(urlsplit(json.loads(origin)["url"]).path)
        return f"-e {shlex.quote(f'{folder}[{extra}]')}"
    return shlex.quote(requirement_words(origin, extra))


def requirement_words(origin: str, extra: str = "") -> str:
    """The package, from where it came, as pip, pipx and uv read it (PEP 508).

    >>> requirement_words('{"url": "https://git.example/c.git", "vcs_info": {"vcs": "git", "requested_revision": "v1"}}', "mcp")
    'cuttings[mcp] @ git+https://git.example/c.git@v1'
    """
    package = f"{NAME}[{extra}]" if extra else NAME
    if not origin:
        return package
    found: dict[str, Any] = json.loads(origin)
    url = str(found["url"])
    if vcs := found.get("vcs_info"):
        revision = vcs.get("requested_revision", "")
        url = f"{vcs['vcs']}+{url}{f'@{revision}' if revision else ''}"
    return f"{package} @ {url}"


def is_editable(origin: str) -> bool:
    """Whether the files of a folder are used in place."""
    return bool(origin) and bool(json.loads(origin).get("dir_info", {}).get("editable"))


def this_installation() -> Installation:
    """How the running Cuttings was installed; a copy that was not installed counts as pip's."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        package = distribution(NAME)
    except PackageNotFoundError:
        return Installation()
    origin = package.read_text("direct_url.json") or ""
    installer = (package.read_text("INSTALLER") or "").strip()
    tool = tool_of(Path(sys.prefix), installer)
    return Installation(tool, origin, other_python(Path(sys.prefix), tool))


def tool_of(environment: Path, installer: str) -> str:
    """The program that made an environment, or else the one that installed Cuttings there."""
    for tool, mark in MARKS:
        if (environment / mark).exists():
            return tool
    if installer != "uv":
        return "pip"
    return "uvx" if any(part.startswith(("archive-v", "environments-v")) for part in environment.parts) else "uv"


def other_python(environment: Path, tool: str) -> str:
    """The interpreter, if the command `pip` is missing or belongs to another environment; empty otherwise."""
    if tool == "pip":
        found = shutil.which("pip")
        return "" if found and Path(found).parent == environment / "bin" else sys.executable
    return sys.executable if tool == "uv" else ""
