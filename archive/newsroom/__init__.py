"""The demo newsroom: five fictional papers, loaded from `seeds/newsroom`, rendered and served on this machine.

`cuttings demo` and tests scrape it. `articles.py` loads the data, `pages.py` renders it, and `server.py` (open it first)
serves it: `serve_newsroom()` gives a `NewsroomServer`.
"""
