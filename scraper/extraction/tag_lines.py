"""Tags that an article shows in a line of its own: the line is removed from the text, its tags are kept as tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from scraper.blocks.model import PageBlock
from scraper.extraction.strip import Stripped
from scraper.metadata.titles import clean_line
from scraper.rules.reasons import SCORE_IDS
from scraper.text.patterns import lazy_pattern
from scraper.types import Removal

MAX_TAGS: Final = 50
"""Tags of an article that are kept."""
MAX_TAG_CHARS: Final = 60
"""A longer piece of a line is a sentence or a headline."""
MAX_BLOCKS_AFTER: Final = 20
"""Blocks after the last kept one among which a list of tags that an element's rule removed is the article's own."""

LABELS: Final = (
    "tags|tagged(?: (?:as|with|in|under))?|tag|filed(?: under| in)|posted (?:in|under)|topics?|related topics|topics in this (?:article|story)|categor(?:y|ies)|keywords?|"
    "labels?|subjects?|more (?:on|about)|in this (?:article|story)|schlagw[oö]rter|schlagworte|schlagwort|stichwörter|themen|thema|mots-clés|étiquettes|sujets|thèmes|thématiques|"
    "catégories|etiquetas|temas|archivado en|palabras clave|marcadores|assuntos|tópicos|palavras-chave|etichette|argomenti|temi|parole chiave|trefwoorden|onderwerpen|tagi|tematy|"
    "słowa kluczowe|štítky|témata|ämnen|emner|emneord|stikkord|aiheet|avainsanat|asiasanat|címkék|etichete|ετικέτες|etiketler|konular|anahtar kelimeler|теги|метки|темы|"
    "ключевые слова|мітки|ключові слова|topik|kata kunci|từ khóa|thẻ|chủ đề|标签|標籤|关键词|關鍵字|タグ|キーワード|カテゴリー?|태그|키워드|الوسوم|كلمات مفتاحية|תגיות|टैग"
)
"""Words before tags, by language."""
_LABEL: Final = lazy_pattern(rf"^[^\w#]*(?:(?:{LABELS})(?!\w)|\w[\w ]{{0,38}}(?=\s?[:：]))[\s:：]*", re.IGNORECASE)
_HASHTAG: Final = lazy_pattern(r"#([^\s#,，;、]{2,40})")
_SEPARATOR: Final = lazy_pattern(r"\s*[,，;；、|•·/\n]\s*")


def with_shown_tags(declared: tuple[str, ...], stripped: Stripped, blocks: Sequence[PageBlock] = ()) -> tuple[str, ...]:
    """The declared tags, then those that the article's removed lines show. `blocks` are the page's; none for a text."""
    shown = (tag for removal in own_tag_lines(stripped) for tag in tags_of(removal, blocks))
    found: dict[str, str] = {}
    for tag in (*declared, *shown):
        found.setdefault(tag.casefold(), tag)
    return tuple(found.values())[:MAX_TAGS]


def own_tag_lines(stripped: Stripped) -> Iterable[Removal]:
    """The removed lines of tags within the article or right after it. Clouds of tags elsewhere are a site's."""
    last = stripped.kept[-1] if stripped.kept else -1
    yield from (removal for removal in stripped.removals if removal.kind == "tags")
    for removal in stripped.chrome:
        is_near = last < removal.position <= last + MAX_BLOCKS_AFTER
        if removal.kind == "tags" and is_near and removal.rule_id not in SCORE_IDS:
            yield removal


def tags_of(removal: Removal, blocks: Sequence[PageBlock] = ()) -> tuple[str, ...]:
    """The tags in a removed line: the texts of its links, else the parts of its text behind the label."""
    block = blocks[removal.position] if removal.position < len(blocks) else None
    if block is not None and block.text == removal.text and (linked := linked_texts(block)):
        return linked
    return read_tags(removal.text)


def linked_texts(block: PageBlock) -> tuple[str, ...]:
    """The texts of a block's links, in order, each on one line, without hash signs."""
    texts: list[list[str]] = []
    before = ""
    for text, style in block.pieces:
        if style.href and style.href == before:
            texts[-1].append(text)
        elif style.href:
            texts.append([text])
        before = style.href or ""
    return _clean("".join(parts) for parts in texts)


def read_tags(line: str) -> tuple[str, ...]:
    """The tags in the text of a line; empty for a label alone.

    >>> read_tags("Filed under: ports, night ferries | Oslo"), read_tags("#storm #harbour"), read_tags("Related topics")
    (('ports', 'night ferries', 'Oslo'), ('storm', 'harbour'), ())
    """
    if hashtags := _HASHTAG.findall(line):
        return _clean(hashtags)
    rest = _LABEL.sub("", line, count=1)
    return _clean(_SEPARATOR.split(rest)) if rest != line else ()


def _clean(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts as tags: on one line, without signs around them, none empty or too long."""
    tags = (clean_line(text).strip(' #.,:;·•|"“”«»') for text in texts)
    return tuple(tag for tag in tags if 1 < len(tag) <= MAX_TAG_CHARS)
