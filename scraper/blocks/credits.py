"""Picture credits in captions, and the addresses of embedded posts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from scraper.blocks.model import PageBlock
from scraper.text.patterns import lazy_pattern

AGENCIES: Final = (
    "AP|AP Photo|AFP|AFP Photo|Reuters|EPA|EPA-EFE|EFE|dpa|APA|ANSA|PAP|TT|NTB|Ritzau|Belga|ANP|Lusa|Keystone|PA|PA Wire|Xinhua|TASS|AAP|"
    "Getty|Getty Images|iStock|Shutterstock|Alamy|Adobe Stock|Unsplash|Pexels|Pixabay|imago|IMAGO|picture alliance|Bloomberg|NBC News|"
    "NurPhoto|Zuma(?: Press)?|Anadolu|Courtesy"
)
CREDITS: Final = (
    # "Photo: Jane Doe", "(Foto: J. Doe / dpa)", "Crédit photo : AFP", at the end of a caption
    lazy_pattern(
        r"[(\[]?\b(?:photos?|photographs?|images?|pictures?|credits?|illustrations?|fotos?|bild(?:er|quelle|nachweis)?|crédits?(?: photo)?|fotografía|imagen|"
        r"fotó|zdjęcie|kuva|valokuva|фото|写真|사진|图|圖)(?:\s?(?:by|credit|courtesy(?: of)?)\b\s?:?|\s?[:：/])\s?(?P<credit>[^()\[\]]{2,90}?)[)\]]?\.?$",
        re.IGNORECASE,
    ),
    # "… w porcie. Fot. Jan Wilk"
    lazy_pattern(r"(?:^|[\s(\[.])fot\.\s?(?P<credit>[^()\[\].:]{2,60})[)\]]?\.?$", re.IGNORECASE),
    # "… on Monday. (Jane Doe/AP)", "… am Montag. © Jane Doe"
    lazy_pattern(rf"[(\[](?P<credit>[^()\[\]]{{0,60}}\b(?:{AGENCIES})\b[^()\[\]]{{0,30}})[)\]]\.?$"),
    lazy_pattern(r"(?:©|\(c\)|ⓒ)\s?(?P<credit>[^©]{2,70})$", re.IGNORECASE),
    # "… of the station. Jane Doe / Getty Images", and glued to the sentence by a lost element
    lazy_pattern(
        rf"(?<=[.!?”\"])\s?(?P<credit>(?:[^.!?]{{2,50}}(?:/|via|-|–|\|)\s?)?(?:{AGENCIES})(?:\s?(?:/|via)[^.!?]{{2,40}})?)\.?$"
    ),
    lazy_pattern(rf"^(?P<credit>[^.!?]{{2,50}}(?:/|via)\s?(?:{AGENCIES})(?:\s?(?:/|via)[^.!?]{{2,40}})?)$"),
)
"""Forms of a picture credit in a caption, the most certain first."""

MAX_CREDIT_CHARS: Final = 160
"""Characters at the end of a caption that are searched for its credit."""


def picture_credit(caption: str) -> str:
    """The credit of a caption's picture; empty if the caption names none.

    >>> picture_credit("The harbour on Monday. Photo: Jane Doe / dpa")
    'Jane Doe / dpa'
    >>> picture_credit("Kutry w porcie. Fot. Piotr Wilk")
    'Piotr Wilk'
    >>> picture_credit("Ash Carter speaks in Raqqa, Syria.NBC News"), picture_credit("The photo shows the harbour.")
    ('NBC News', '')
    """
    line = " ".join(caption.split())[-MAX_CREDIT_CHARS:]
    found = (pattern.search(line) for pattern in CREDITS)
    return next((match["credit"].strip(" .,;:") for match in found if match), "")


def embed_source(blocks: Sequence[PageBlock], place: int) -> str:
    """The address of the post that an embedded block belongs to; empty if the post has no link.

    The address is the last link of the run of embedded blocks: networks put the post's own link on its date, at the end.
    """
    last = place
    while last + 1 < len(blocks) and blocks[last + 1].kind == "embed":
        last += 1
        if any(style.href for _, style in blocks[last].pieces) and blocks[last].container != blocks[place].container:
            break
    links = [style.href for block in blocks[place : last + 1] for _, style in block.pieces if style.href]
    return next((link for link in reversed(links) if link.startswith(("https://", "http://"))), "")
