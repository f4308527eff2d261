"""Many machines: WARC files in, a Parquet file for each out, on a cluster of Ray or within a pipeline of datatrove.

`python -m scraper.batch SHARDS OUT` is the command (`__main__`). Open `shard.py` first: it makes the file of one shard, with
worker processes that can be killed. `ray_run.py` spreads shards over machines, `datatrove_step.py` is the step of a pipeline.
"""
