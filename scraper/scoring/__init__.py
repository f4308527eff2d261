"""The classifier: a small trained model that scores each block of a page as body text or not.

Takes a page's blocks (`blocks.model.PageBlocks`) and what its metadata says (`inputs.PageContext`). Gives one score a
block, 0 to 1; for explanations also the features that made the score. Removes nothing: `extraction` decides.

Open `scorer.py` first, then `features.py`. `teaser_cards.py` finds cards that read like body text, `class_hints.py`
guesses a removal kind from class names.
"""
