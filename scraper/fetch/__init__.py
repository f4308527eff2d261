"""A polite HTTP client, and a browser behind it for pages that need JavaScript.

Takes a URL, `Settings` and what is known of the page; returns a `Page` or raises `FetchError`. Open `client.py` first;
then `throttle.py` (delay, pauses, Retry-After, retries), `robots.py`, `addresses.py` (private addresses), `body.py`
(size limits).
"""
