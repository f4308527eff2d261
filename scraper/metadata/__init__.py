"""Metadata of a page: title, authors, dates, language, site, tags.

Takes a parsed page and its URL. `facts.gather` finds all raw values in one walk; `metadata.metadata_of` chooses among
them and gives a `Metadata`.

Open `metadata.py` first. `bylines.py` parses bylines and author fields, `authors.py` chooses whose names to believe,
`titles.py` and `publication_dates.py` choose the title and the dates.
"""
