"""The gate: pages that we wrote, in many languages and makes, in which every line is known to be text or boilerplate.

`pages/LANGUAGE/*.toml` hold articles in the newsroom's notation (see `archive.newsroom.articles`), each with the `family` whose
page it is set in; `families/*.toml` hold the makes; `languages.toml` what stands around every article. `floors.toml` pins
what extraction gets wrong today, page by page. `python -m tests.gate` shows it; `--update` tightens the floors.
"""
