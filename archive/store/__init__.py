"""Reading and writing the archive's tables: one SQLite file that one run at a time writes.

Takes the crawl's outcomes and a time; gives decisions, stored articles and revisions. Open `archive.py` first (the class
`Archive`), then `save.py`, `decisions.py` (why a worse text is refused), `links.py` and `refetch_schedule.py` (when a page
is refetched), `raw_pages.py`, `near_duplicates.py` and `connection.py`.
"""

from archive.schema import light_import as light_import
