"""A page as text blocks: paragraphs, headings, list items, table rows, captions, in page order.

Takes a parsed page, and the elements that rules mark (`rules.matching`). Gives `PageBlocks`: every visible text of the
page, each in exactly one block. Nothing is removed or judged here.

Open `model.py` for the values and `reader.py` for how they are made; `phrase_reader.py` reads
the runs of text of one block. `inline_markdown.py` renders a block's links and
emphasis, `credits.py` reads picture credits, `layout_tables.py` handles tables that only arrange a page.
"""
