"""The archive's schema: the migrations that make it, one file each, in the order that `migrations` lists.

A migration that has landed is frozen, because archives keep the text of its SQL. A migration imports the standard library,
`sqlite_utils` and modules of this folder, and nothing else. Long migrations are `Steps` (`steps.py`), done part by part. Open `current.sql` first: today's schema in one file.
"""
