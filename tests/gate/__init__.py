"""The quality gate: pages written for this project, in many languages and layouts, with every line labelled.

`pages/LANGUAGE/*.toml` hold articles in the notation of the newsroom (see `archive.newsroom.articles`) and name a
`family`. `families/*.toml` hold the page layouts, `languages.toml` the text around every article. `floors.toml` holds the
number of mistakes that each page may have. `python -m tests.gate` prints the mistakes; `--update` lowers the numbers.
"""
