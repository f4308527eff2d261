"""The network in JAX, for training. `scraper/scoring/network.py` has the same forward pass in numpy."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, pairwise

import jax
import jax.numpy as jnp

from scraper.scoring.inputs import GROUPS
from scraper.scoring.network import EPSILON, GROUP_LAYERS, MESSAGES, OUTPUTS, STEPS, TABLE_WIDTH, WIDTH
from scraper.scoring.tokens import FIELDS
from tests.bench.train.reading import STARTS

Weights = dict[str, jax.Array]
Arrays = dict[str, jax.Array]

BLOCK_DROPOUT = 0.25
COLUMN_DROPOUT = 0.1


def init_weights(seed: int, *, tokens: int, columns: int, rule_kinds: int) -> Weights:
    """Random weights for tables of so many rows, and so many columns. Row 0 of the table of tokens is not used."""
    keys = (jax.random.fold_in(jax.random.PRNGKey(seed), number) for number in count())

    def matrix(rows: int, width: int = WIDTH, *, scale: float = 1.0) -> jax.Array:
        return jax.random.normal(next(keys), (rows, width)) * scale / rows**0.5

    def table(rows: int, width: int) -> jax.Array:
        return jax.random.normal(next(keys), (rows, width)) * 0.05

    weights = {
        "tokens": table(tokens, TABLE_WIDTH),
        "rule_kinds": table(rule_kinds, WIDTH),
        "from_columns": matrix(columns),
        "from_tokens": matrix(len(FIELDS) * TABLE_WIDTH, scale=2.8),
        "bias": jnp.zeros(WIDTH),
        "out": matrix(WIDTH, OUTPUTS, scale=0.5),
        "out_bias": jnp.zeros(OUTPUTS),
        "out_norm": jnp.ones(WIDTH),
    }
    layers = [("near", layer, 3) for layer in range(len(STEPS))] + [
        ("group", layer, MESSAGES) for layer in GROUP_LAYERS
    ]
    for kind, layer, inputs in layers:
        weights[f"{kind}{layer}_in"] = matrix(inputs * WIDTH)
        weights[f"{kind}{layer}_bias"] = jnp.zeros(WIDTH)
        weights[f"{kind}{layer}_out"] = matrix(WIDTH, scale=0.3)
        weights[f"{kind}{layer}_norm"] = jnp.ones(WIDTH)
    return weights


def normalise(rows: jax.Array, gain: jax.Array) -> jax.Array:
    return rows * jax.lax.rsqrt((rows * rows).mean(-1, keepdims=True) + EPSILON) * gain


def pool(table: jax.Array, tokens: jax.Array) -> jax.Array:
    """The sum of the tokens' rows over the root of their number; unknown tokens do not count."""
    known = (tokens > 0).astype(jnp.float32)
    return (table[tokens] * known[..., None]).sum(1) / jnp.maximum(known.sum(1, keepdims=True), 1.0) ** 0.5


def drop(rows: jax.Array, share: float, keys: Iterator[jax.Array] | None) -> jax.Array:
    if keys is None:
        return rows
    return rows * jax.random.bernoulli(next(keys), 1 - share, rows.shape) / (1 - share)


def forward(weights: Weights, batch: Arrays, key: jax.Array | None = None) -> jax.Array:
    """Logits of every row of a batch. With a key, parts of the layers are left out at random, for training."""
    keys = iter(jax.random.split(key, 16)) if key is not None else None
    mask = batch["mask"][:, None]
    rows = jax.nn.relu(embed(weights, batch, keys)) * mask
    rows = drop(rows, BLOCK_DROPOUT, keys)
    for layer, step in enumerate(STEPS):
        own = normalise(rows, weights[f"near{layer}_norm"]) * mask
        rows = rows + drop(mix(weights, f"near{layer}", neighbours(own, step)), BLOCK_DROPOUT, keys) * mask
        if layer in GROUP_LAYERS:
            own = normalise(rows, weights[f"group{layer}_norm"]) * mask
            rows = rows + drop(mix(weights, f"group{layer}", messages(own, batch)), BLOCK_DROPOUT, keys) * mask
    return normalise(rows, weights["out_norm"]) @ weights["out"] + weights["out_bias"]


def embed(weights: Weights, batch: Arrays, keys: Iterator[jax.Array] | None) -> jax.Array:
    fields = [pool(weights["tokens"], batch["tokens"][:, a:b]) for a, b in pairwise(STARTS.tolist())]
    return (
        drop(batch["columns"], COLUMN_DROPOUT, keys) @ weights["from_columns"]
        + jnp.concatenate(fields, 1) @ weights["from_tokens"]
        + weights["rule_kinds"][batch["rule_kinds"]]
        + weights["bias"]
    )


def mix(weights: Weights, layer: str, rows: jax.Array) -> jax.Array:
    return jax.nn.relu(rows @ weights[f"{layer}_in"] + weights[f"{layer}_bias"]) @ weights[f"{layer}_out"]


def neighbours(rows: jax.Array, step: int) -> jax.Array:
    none = jnp.zeros((step, rows.shape[1]))
    before, after = jnp.concatenate([none, rows[:-step]]), jnp.concatenate([rows[step:], none])
    return jnp.concatenate([before, rows, after], 1)


def messages(rows: jax.Array, batch: Arrays) -> jax.Array:
    size = rows.shape[0]
    found = [rows]
    for group in range(len(GROUPS) + 1):
        of = batch["groups"][:, group]
        members = jnp.maximum(jax.ops.segment_sum(batch["mask"], of, size), 1.0)
        found.append((jax.ops.segment_sum(rows, of, size) / members[:, None])[of])
    so_far = jnp.cumsum(rows, 0)
    before = so_far - rows - (so_far - rows)[batch["first"]]
    after = so_far[batch["last"]] - so_far
    place, last = jnp.arange(size), batch["last"]
    found.append(rows[batch["headings"]])
    found.append(before / jnp.maximum(place - batch["first"], 1)[:, None])
    found.append(after / jnp.maximum(last - place, 1)[:, None])
    return jnp.concatenate(found, 1)
