"""Web room: an archive in, pages in Datasette out: front, article, search, boilerplate, health; feeds; changes that a reader makes.

`routes` is the place to start: for each address a view, which calls a `read_…` function (rows to values) and a template
(values to HTML); `answers` says how. `plugin` joins the pages to Datasette, `server` runs it, `policy` and `limits` guard it. `actions`
are the changes, and `access` says who may make them. The pages need no script and no network.
"""
