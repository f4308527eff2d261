"""A polite HTTP client, and a browser behind it for pages that need JavaScript.

Takes a URL, `Settings` and what is known of the page; returns a `Page` or raises `FetchError`. Open `client.py` first;
then `throttle.py` (delay, pauses, Retry-After, retries), `robots.py` and `addresses.py` (private addresses). Below httpx:
`transport.py` (pools of connections), `network.py` (sockets, TLS), `bounds.py` and `body.py` (limits), `failures.py`.
docs/fetching.md has the picture.
"""
