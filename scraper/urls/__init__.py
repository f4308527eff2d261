"""URLs: one canonical spelling for each page, and which variants belong to the same page.

Takes addresses as pages and feeds write them. Gives canonical URLs, sites and hosts, and keys shared by AMP, mobile and
desktop variants. Nothing is fetched.

Open `canonical.py` first; `variants.py` decides which canonical and AMP addresses of a page can be believed.
"""
