"""Pictures of captions: the one in the caption's own figure, never that of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scraper.blocks.model import Container, PageBlock
from scraper.html.limits import MAX_CLIMBED_LEVELS


@dataclass(slots=True)
class Pictures:
    """The last picture of a page that has been read: its container (-1: none yet) and its address."""

    place: int = -1
    address: str = ""

    def remember(self, attributes: Mapping[str, str | None], place: int) -> None:
        """Remember a picture. Addresses that hold the picture itself are passed over."""
        source = (attributes.get("src") or "").strip()
        if not source or source.startswith("data:"):
            source = (attributes.get("data-src") or attributes.get("srcset") or "").split(" ")[0].strip()
        if source and not source.lower().startswith(("data:", "javascript:")):
            self.place, self.address = place, source

    def of_caption(self, place: int, containers: Sequence[Container]) -> str:
        """The address of the last picture in the figure around a caption, or else in the element around it; empty for none.

        The caption of a table has no picture. Containers are numbered in document order.
        """
        if self.place < 0 or containers[place].tag == "caption":
            return ""
        around = place
        for _ in range(MAX_CLIMBED_LEVELS):
            if around < 0 or containers[around].tag == "figure":
                break
            around = containers[around].parent
        if around < 0 or containers[around].tag != "figure":
            around = max(containers[place].parent, 0)
        return self.address if self.place >= around else ""

    def end_figure(self, blocks: list[PageBlock], start: int, *, figure: int) -> None:
        """Give the captions of a figure that stand above its picture the picture's address. `start` is its first block."""
        if self.place < figure:
            return
        for at in range(start, len(blocks)):
            if blocks[at].kind == "caption" and not blocks[at].image and blocks[at].tag != "caption":
                blocks[at] = blocks[at]._replace(image=self.address)
