"""Extraction: Page and rules in, Extraction out: the article, every removed block with its reason, a verdict.

Open `extract.py` first. `candidates.py` collects the evidence about each block, `judgement.py` finds the reasons to
remove it, and `strip.py` is the only code that removes blocks.
`fallback.py` asks trafilatura and others if too little is left. `quality.py` gives the verdict by `verdicts.toml`.
`scraper/rules` holds the limits (`thresholds/`) and the built-in reasons (`reasons.py`).
"""
