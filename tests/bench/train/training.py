"""Training of the network in JAX, on one processor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax

from scraper.scoring.inputs import RULE_KIND_NUMBER
from scraper.scoring.network import GOLD_OUTPUT, OWN_OUTPUT
from scraper.scoring.scorer import Scorer
from scraper.scoring.vocabulary import Vocabulary
from tests.bench.train.batches import ROWS, Batch, training_batches
from tests.bench.train.network import Arrays, Weights, forward, init_weights
from tests.bench.train.reading import Sample
from tests.bench.train.targets import Prepared, prepare
from tests.bench.train.vocabulary import learn_vocabulary
from tests.support.token_numbers import TokenNumbers

EPOCHS: Final = 18
RATE: Final = 4e-3
DECAY: Final = 0.03
WARM_UP_STEPS: Final = 60
AVERAGE: Final = 0.99
"""Share of the old average of the weights that a step leaves; the average is the result."""
SMOOTHING: Final = 0.02
LABEL_SHARE: Final = 0.4
GOLD_SHARE: Final = 0.3
"""Shares of the losses of labels and of gold, beside that of the article's own blocks."""
SHOWN_STEPS: Final = 200

Step = Callable[[Weights, Any, Weights, Batch, jax.Array], tuple[Weights, Any, Weights, jax.Array]]

jax.config.update("jax_default_prng_impl", "unsafe_rbg")  # the usual generator is slow on a processor


def train(
    samples: Sequence[Sample], numbers: TokenNumbers, *, seed: int, threshold: float, epochs: int = EPOCHS
) -> Scorer:
    """A scorer of these pages, with a vocabulary of these pages alone; a score of `threshold` becomes 0.5."""
    vocabulary = learn_vocabulary(samples)
    pages = prepare(samples, vocabulary)
    weights = init_weights(
        seed, tokens=len(vocabulary) + 1, columns=len(vocabulary.mean), rule_kinds=len(RULE_KIND_NUMBER)
    )
    average = descend(weights, pages, np.random.default_rng(seed), seed=seed, epochs=epochs)
    found = {name: np.array(value) for name, value in average.items()}
    found["out_bias"][OWN_OUTPUT] += np.log((1 - threshold) / threshold)
    scale = {"mean": vocabulary.mean, "deviation": vocabulary.deviation}
    return Scorer(found | scale, samples[0].columns, Vocabulary.of(vocabulary.tokens(numbers)))


def descend(
    weights: Weights, pages: Sequence[Prepared], rng: np.random.Generator, *, seed: int, epochs: int
) -> Weights:
    """The average of the weights over the last steps of the training."""
    total = sum(1 for _ in training_batches(pages, rng)) * epochs
    rates = optax.warmup_cosine_decay_schedule(0, RATE, min(WARM_UP_STEPS, total // 2), total, RATE * 0.02)
    optimizer = optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.adamw(rates, weight_decay=DECAY, mask=lambda all_of: jax.tree.map(lambda one: one.ndim > 1, all_of)),
    )
    step = make_step(optimizer)
    state, average, key = optimizer.init(weights), weights, jax.random.PRNGKey(seed + 99)
    done, losses = 0, 0.0
    while done < total:
        for batch in training_batches(pages, rng):
            key, own = jax.random.split(key)
            weights, state, average, loss = step(weights, state, average, batch, own)
            done, losses = done + 1, losses + float(loss)
            if done % SHOWN_STEPS == 0:
                print(f"  step {done} of {total}: loss {losses / SHOWN_STEPS:.4f}", flush=True)
                losses = 0.0
            if done == total:
                break
    return average


def make_step(optimizer: optax.GradientTransformation) -> Step:
    def step(
        weights: Weights, state: Any, average: Weights, batch: Batch, key: jax.Array
    ) -> tuple[Weights, Any, Weights, jax.Array]:
        loss, slopes = jax.value_and_grad(loss_of)(weights, batch, key)
        changes, state = optimizer.update(slopes, state, weights)
        weights = optax.apply_updates(weights, changes)
        average = jax.tree.map(lambda old, new: old * AVERAGE + new * (1 - AVERAGE), average, weights)
        return weights, state, average, loss

    return jax.jit(step)


def loss_of(weights: Weights, batch: Arrays, key: jax.Array) -> jax.Array:
    """The weighted errors on own blocks, on labels and on gold."""
    logits = forward(weights, batch, key)
    own = binary_loss(logits[:, OWN_OUTPUT], batch["own"] * (1 - 2 * SMOOTHING) + SMOOTHING)
    gold = binary_loss(logits[:, GOLD_OUTPUT], batch["gold"]) * batch["gold_weight"]
    chances = jax.nn.log_softmax(logits[:, :GOLD_OUTPUT])
    label = -chances[jnp.arange(ROWS), batch["label"]] * batch["has_label"]
    blocks = ((own + LABEL_SHARE * label) * batch["own_weight"]).sum() / batch["own_weight"].sum()
    return blocks + GOLD_SHARE * gold.sum() / jnp.maximum(batch["gold_weight"].sum(), 1)


def binary_loss(logits: jax.Array, wanted: jax.Array) -> jax.Array:
    return jnp.maximum(logits, 0) - logits * wanted + jnp.log1p(jnp.exp(-jnp.abs(logits)))
