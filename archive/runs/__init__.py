"""Runs over an archive: a scrape run that fetches pages, and a re-extraction of stored pages.

`scrape.py` takes a `RunPlan` and gives `RunTotals` (in `totals.py`); its `writer.py` saves in a thread of its own.
`reextract.py` takes pages from `stored_pages.py`; `reextract_report.py` counts the results by site.
Open `scrape.py` first.
"""
