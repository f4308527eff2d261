"""The tables of rules, built-in reasons and thresholds: why a block is removed, as data.

Takes TOML rows (those that ship are in `builtin/`, one file for each kind) and gives a `RuleSet`, which finds the
elements and the text blocks of a page that a rule knows. Nothing is removed here: `extraction.strip` does that.

Open `loader.py` first for the format of a row, then `ruleset.py`. `matching.py` applies text rules, `selectors.py`
element rules; `sentences.py` keeps rules off sentences of the article and off pages in other languages; `backtracking.py`
tries patterns on hostile texts. `reasons.py` holds the reasons that no rule gives, `thresholds/` the limits of every room
that decides about blocks.
"""
