"""Search room: a query as text in, ranked articles with snippets out.

`fulltext` is the place to start: it makes SQL of a query and reads the hits. `query_syntax` parses the query,
`conditions` selects sites and dates for search and export, `ranking` holds the weights, `spelling` suggests a correction.
"""

from archive.schema import light_import as light_import
