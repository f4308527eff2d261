"""Maintenance of an archive: check, backup, vacuum and prune.

Takes an archive's path or an open `Archive`; gives reports and sizes. Open `integrity.py` first (`check_archive`), then
`backup.py`.
"""

from archive.schema import light_import as light_import
