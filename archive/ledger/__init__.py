"""The ledger of removed blocks: restoring blocks to an article's text, and statistics of rules.

Takes an open `Archive` and an article's id, or the rules; gives numbered entries or one row per rule. Open `restore.py`
first, then `rule_stats.py`.
"""
