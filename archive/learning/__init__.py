"""Proposes rules from an archive: a block that repeats across a site's articles and looks like boilerplate.

Takes an archive and the current rules, gives `Proposal`s with their evidence, and writes nothing. Open `candidates.py`
first; `repeats.py` counts repeated blocks, `classifier.py` tells boilerplate from article text, and `proposals.py` makes
and tries the rule.
"""
