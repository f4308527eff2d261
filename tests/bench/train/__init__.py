"""Training and measurement of the scorer: `python -m tests.bench.train` (see `__main__.py`).

::

    reading (labels, gold) → vocabulary → targets → batches → training (network, in JAX) → scorer.safetensors → prediction

The network learns from the pages labelled by reading, and with less weight from the gold of the others.
"""
