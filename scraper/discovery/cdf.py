"""Channel Definition Format (Microsoft's note to the W3C, 1997): the feeds of the first browsers. Facts stand in attributes, names in
capitals or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from lxml import etree

from scraper.discovery.links import Entry, local_name, text_of
from scraper.discovery.times import parse_time


def read_cdf_entries(root: etree._Element) -> Iterator[Entry]:
    """Yield the items of a channel. Addresses are relative to the channel's base."""
    base = attribute(root, "base")
    for node in root.iter():
        if local_name(node).lower() == "item":
            children = {local_name(child).lower(): child for child in reversed(node)}
            anchor = children.get("a")
            href = attribute(node, "href") or ("" if anchor is None else attribute(anchor, "href"))
            title = children.get("title", anchor)
            yield Entry(
                urljoin(base, href) if href else "",
                "" if title is None else text_of(title),
                modified=parse_time(attribute(node, "lastmod")),
            )


def attribute(node: etree._Element, name: str) -> str:
    """Return an attribute whose name may be in capitals; empty if there is none."""
    return node.get(name) or node.get(name.upper()) or ""
