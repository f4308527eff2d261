"""Metadata of a page: title, authors, dates, language, site, tags.

Takes a parsed page and its URL. `facts.gather` finds all raw values in one walk; `metadata.metadata_of` chooses among
them and gives a `Metadata`.

Open `metadata.py` first. `bylines.py` parses bylines and author fields, `authors.py` chooses whose names to believe,
`titles.py` and `publication_dates.py` choose the title and the dates; `undeclared_dates.py` finds a date that no source names. `not_names.toml` and `date_labels.toml` are tables of
words in many languages, each row with examples on either side.
"""
