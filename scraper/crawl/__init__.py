"""One run: sources in, outcomes out. A crawl reads the sources, fetches their pages and extracts them in worker processes.

Takes sources, settings and what an archive knows; yields `Outcome` values. Open `crawler.py` first: it decides which
pages are fetched and what happens to a fetched page. Then `worker_pool.py` for extraction in processes that can be
killed.
"""
