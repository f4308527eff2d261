"""Formats room: stored articles in; files that other programs read out: Parquet, chunks, feeds, books, WARC.

`export_formats` is the place to start: the table of all formats of `export`. Each writer takes articles one at a time and
keeps few of them in memory. A format that needs an extra imports it when it is written. Nothing here prints.
"""
