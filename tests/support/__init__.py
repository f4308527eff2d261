"""Servers, factories and paths that several tests use.

Pages and HTML: `pages.py`. Saved articles: `visits.py`. A site on loopback: `loopback.py` in an event loop, `news_server.py`
beside a command. Open `loopback.py` first.
"""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The checkout."""
