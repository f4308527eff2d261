"""The archive's own pages in Datasette: front, article, search, boilerplate, health.

`read_*` functions turn rows into values, templates turn values into HTML, `routes` joins both to Datasette. They need
neither script nor network: what a page shows stands in it and in one stylesheet.
"""
