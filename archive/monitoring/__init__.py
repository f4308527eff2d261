"""Source metrics, alarms and the status of an archive.

Takes an archive after a run; gives metrics per source, alarms and a `Status`. Open `thresholds.py` first (when an alarm is
raised), then `alarms.py`, `source_metrics.py` and `status.py`.
"""

from archive.schema import light_import as light_import
