"""Output room: stored articles, removals, revisions and explanations in; text, Markdown, JSON, CSV or HTML out.

`article` is the place to start: one article as text and as a dictionary. `export` writes many articles, `show` prints one
with its history, `explain_text` and `explain_html` show the reason for each block. `templates` is the one environment of
all HTML templates. Nothing here prints.
"""
