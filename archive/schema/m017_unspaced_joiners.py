"""The index of scripts without spaces takes words without joiners (U+200C, U+200D), which Burmese and Khmer spell with or without."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema.steps import Steps, change_rows, statements

COLUMNS: Final = ("title", "text", "authors")
JOINERS: Final = "char(8204), char(8205)"
LAST: Final = "SELECT max(id) FROM unspaced"

WITH_JOINERS: Final = " OR ".join(
    f"instr(articles.{name}, {joiner})" for name in COLUMNS for joiner in JOINERS.split(", ")
)
IN_RANGE: Final = f"""
FROM unspaced_texts JOIN articles ON articles.id = unspaced_texts.id
WHERE unspaced_texts.id > :after AND unspaced_texts.id <= :upto AND ({WITH_JOINERS})"""
VALUES: Final = ", ".join(f"unspaced_texts.{name}" for name in COLUMNS)

FORGET: Final = f"""
INSERT INTO unspaced_fts (unspaced_fts, rowid, title, text, authors) SELECT 'delete', unspaced_texts.id, {VALUES} {IN_RANGE}"""
INDEX: Final = f"""
INSERT INTO unspaced_fts (rowid, title, text, authors) SELECT unspaced_texts.id, {VALUES} {IN_RANGE}"""
VIEW: Final = """
CREATE VIEW unspaced_texts AS  -- without joiners; padded, so that three letters begin at the last letter too
SELECT articles.id,
  replace(replace(title, char(8204), ''), char(8205), '') || '  ' AS title,
  replace(replace(text, char(8204), ''), char(8205), '') || '  ' AS text,
  replace(replace(authors, char(8204), ''), char(8205), '') || '  ' AS authors
FROM unspaced JOIN articles ON articles.id = unspaced.id"""


def m017_unspaced_joiners(db: Database) -> Steps:
    """Index the articles with joiners again. The index takes its texts from the view, so they leave it first."""
    return (
        change_rows(FORGET, last=LAST),
        statements("DROP VIEW unspaced_texts", VIEW),
        change_rows(INDEX, last=LAST),
    )
