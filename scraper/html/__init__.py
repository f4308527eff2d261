"""HTML: from bytes to markup that the parser can read safely, and what its tags say by themselves.

Takes a fetched `Page` or its parsed tree. Gives decoded markup without unsafe characters and without depth or width
that would slow the parser down; DOM helpers; JSON-LD; links to further pages; a page's signals to robots.

Open `encoding.py` first: it calls `nesting.py` and `attributes.py`. `limits.py` holds the limits on reading a page.
"""
