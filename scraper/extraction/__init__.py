"""Extraction: Page and rules in, Extraction out: the article, every removed block with its reason, a verdict.

Open `extract.py` first. `strip.py` is the only code that removes blocks; `candidates.py` collects its evidence.
`fallback.py` asks trafilatura and others if too little is left. `quality.py` gives the verdict by `verdicts.toml`.
`scraper/rules` holds the limits (`thresholds/`) and the built-in reasons (`reasons.py`).
"""
