"""One run: sources in, outcomes out. A crawl reads the sources, fetches their pages and extracts them in worker processes.

Takes sources, settings and what an archive knows; yields `Outcome` values. Open `crawler.py` first: it runs the
steps of a crawl. Then `planned_links.py` for the choice of links, and `worker_pool.py` for extraction in processes
that can be killed (`worker.py` is what runs in them).
"""
