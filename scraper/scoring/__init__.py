"""The scorer: a small trained network that says of each block how likely it is the article's own, and what else it is.

Takes a page's blocks (`blocks.model.PageBlocks`) and what is known of the page (`context.PageContext`). Gives a score and a
removal kind for each block; for explanations also the evidence that made the score. Removes nothing: `extraction` decides.

::

    features, tokens → inputs → network → scorer → attribution (for explanations)

Open `scorer.py` first, then `network.py`. `teaser_cards.py` finds cards that read like body text, `class_hints.py` guesses
a removal kind from class names.
"""
