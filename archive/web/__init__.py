"""Web room: an archive in, read-only pages in Datasette out: front, article, search, boilerplate, health.

`routes` is the place to start: for each address a view, which calls a `read_…` function (rows to values) and a template
(values to HTML). `plugin` joins the pages to Datasette, `server` runs it, `policy` and `limits` guard it. The pages need
no script and no network.
"""
