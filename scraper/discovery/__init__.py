"""Links from the documents of a source: feeds, sitemaps and section pages.

Takes the bytes of a document; returns a `Listing` of links, sitemaps and feeds. No network: `follow.py` decides what to
read next, and its caller fetches. Open `parse.py` first, then the module of the document's kind.
"""
