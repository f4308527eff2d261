"""Captures: pages that another program stored in WARC, ARC or WACZ files, as the pages that `extract` reads.

Takes a path; gives `Capture`s and `Revisit`s in file order, and counts of the records that are neither. Opens no socket.
Open `reader.py` first; `streams.py` takes files apart, `records.py` makes a page of a record.
"""
