"""The reference DIN in JAX: one jitted scan over the steps, dense Adam. usage: python jax_din.py DATA_FOLDER BATCH STEPS_PER_ROUND"""
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax

from common import Clock, load, say, wait_for_go

folder, batch, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rows = batch * steps
data = {name: jnp.asarray(values) for name, values in load(folder, rows).items()}
keys = iter(jax.random.split(jax.random.PRNGKey(1), 32))


def dense(inputs, outputs):
    limit = np.sqrt(6 / (inputs + outputs))
    return {"w": jax.random.uniform(next(keys), (inputs, outputs), minval=-limit, maxval=limit), "b": jnp.zeros(outputs)}


def table(size):
    return jax.random.uniform(next(keys), (size, 10), minval=-0.05, maxval=0.05)


two = "history_genre" in data  # behaviours and the candidate have two fields, movie and genre
parameters = {
    "movies": table(1001), "users": table(30001), "user_genres": table(20), "movie_genres": table(20),
    "unit1": dense(80 if two else 40, 32), "unit_alpha": jnp.zeros(32), "unit2": dense(32, 1),
    "mlp1": dense(67 if two else 57, 128), "alpha1": jnp.zeros(128), "mlp2": dense(128, 64), "alpha2": jnp.zeros(64), "mlp3": dense(64, 1),
}


def affine(p, x):
    return x @ p["w"] + p["b"]


def prelu(alpha, x):
    return jax.nn.relu(x) - alpha * jax.nn.relu(-x)


def loss_and_logits(p, b):
    candidate, past = p["movies"][b["movie"]], p["movies"][b["history"]]
    genre = p["movie_genres"][b["movie_genre"]]
    if two:
        candidate = jnp.concatenate([candidate, genre], -1)
        past = jnp.concatenate([past, p["movie_genres"][b["history_genre"]]], -1)
    repeated = jnp.broadcast_to(candidate[:, None, :], past.shape)
    joined = jnp.concatenate([past - repeated, past, repeated, past * repeated], -1)
    weights = affine(p["unit2"], prelu(p["unit_alpha"], affine(p["unit1"], joined))) * (b["history"] != 0)[:, :, None]
    pooled = (weights * past).sum(1)
    x = [p["users"][b["user"]], p["user_genres"][b["user_genre"]], b["user_numbers"], pooled, candidate,
         *([] if two else [genre]), b["context_numbers"]]
    hidden = prelu(p["alpha1"], affine(p["mlp1"], jnp.concatenate(x, -1)))
    logits = affine(p["mlp3"], prelu(p["alpha2"], affine(p["mlp2"], hidden)))[:, 0]
    return optax.sigmoid_binary_cross_entropy(logits, b["label"]).mean(), logits


optimizer = optax.adam(1e-3)


@jax.jit
def epoch(state, order):
    def step(state, part):
        p, slots = state
        (loss, logits), gradients = jax.value_and_grad(loss_and_logits, has_aux=True)(p, {k: v[part] for k, v in data.items()})
        updates, slots = optimizer.update(gradients, slots, p)
        return (optax.apply_updates(p, updates), slots), (loss, logits)

    return jax.lax.scan(step, state, order.reshape(steps, batch))


def area(scores, labels, thresholds=200):
    """ROC and PR areas from buckets, so that metrics cost a peer as little as they cost us."""
    index = np.minimum((scores * thresholds).astype(int), thresholds - 1)
    positives = np.bincount(index, labels, thresholds)[::-1].cumsum()
    everything = np.bincount(index, minlength=thresholds)[::-1].cumsum()
    return np.trapezoid(positives, everything - positives), np.trapezoid(positives / np.maximum(everything, 1), positives)


random = np.random.default_rng(1)
labels_of = np.asarray(data["label"])
state = (parameters, optimizer.init(parameters))


def one():
    global state
    order = random.permutation(rows)
    state, (losses, logits) = epoch(state, jnp.asarray(order))
    scores, labels = np.asarray(jax.nn.sigmoid(logits)).ravel(), labels_of[order]
    float(((scores > 0.5) == labels).mean()), area(scores, labels)
    return float(losses.mean())


clock = Clock()
one()
say(ready=True, setup=clock.seconds(), version=f"jax {jax.__version__}")
while wait_for_go():
    clock = Clock()
    loss = one()
    say(steps=steps, **clock.seconds(), loss=loss)
