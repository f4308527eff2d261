"""The source list: a TOML file that names sources and settings.

Takes the file; returns a `SourceList` of `Source` values, or raises `ConfigError` with file, line and key. Open
`source_list.py` first.
"""
