"""The reference DIN in Keras.

usage: python keras_din.py DATA_FOLDER BATCH STEPS_PER_ROUND      rounds, as the bench asks for them
       python keras_din.py DATA_FOLDER BATCH 0                    the whole reference run: five epochs over all rows
"""
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from keras import layers

from common import Clock, load, say, wait_for_go

folder, batch, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
data = load(folder, batch * steps if steps else None)
label = data.pop("label")
history_length = data["history"].shape[1]


def din():
    inputs = {
        name: keras.Input((values.shape[1],) if values.ndim == 2 else (), dtype=str(values.dtype), name=name)
        for name, values in data.items()
    }
    movies = layers.Embedding(1001, 10)
    candidate = movies(inputs["movie"])
    history = movies(inputs["history"])
    genres = layers.Embedding(20, 10)
    context = [genres(inputs["movie_genre"])]
    if "history_genre" in inputs:  # behaviours and the candidate have two fields, movie and genre
        candidate = layers.Concatenate()([candidate, context.pop()])
        history = layers.Concatenate()([history, genres(inputs["history_genre"])])
    mask = layers.Lambda(lambda h: keras.ops.cast(h != 0, "float32")[:, :, None])(inputs["history"])
    repeated = layers.RepeatVector(history_length)(candidate)
    unit = layers.Concatenate()([history - repeated, history, repeated, history * repeated])
    weights = layers.Dense(1)(layers.PReLU(shared_axes=[1])(layers.Dense(32)(unit))) * mask
    pooled = layers.Lambda(lambda x: keras.ops.sum(x, 1))(weights * history)
    x = layers.Concatenate()(
        [
            layers.Embedding(30001, 10)(inputs["user"]),
            layers.Embedding(20, 10)(inputs["user_genre"]),
            inputs["user_numbers"],
            pooled,
            candidate,
            *context,
            inputs["context_numbers"],
        ]
    )
    x = layers.PReLU()(layers.Dense(128)(x))
    x = layers.PReLU()(layers.Dense(64)(x))
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))


class Rounds(keras.callbacks.Callback):
    """An epoch is a round; it waits for the bench's word, so that the peers take turns."""

    def __init__(self):
        super().__init__()
        self.clock = Clock()

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            say(ready=True, setup=self.clock.seconds(), version=f"keras {keras.__version__}")
        if epoch > 0 and not wait_for_go():
            sys.exit(0)
        self.clock = Clock()

    def on_epoch_end(self, epoch, logs=None):
        if epoch > 0:
            say(steps=steps, **self.clock.seconds(), loss=float(logs["loss"]))


model = din()
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss="binary_crossentropy",
    metrics=["accuracy", keras.metrics.AUC(curve="ROC"), keras.metrics.AUC(curve="PR")],
)
if not steps:
    clock = Clock()
    history = model.fit(data, label.reshape(-1, 1).astype(np.float32), batch_size=batch, epochs=5, shuffle=True, verbose=0)
    say(**clock.seconds(), loss=history.history["loss"])
    sys.exit(0)
model.fit(data, label.reshape(-1, 1).astype(np.float32), batch_size=batch, epochs=10_000, shuffle=True, verbose=0, callbacks=[Rounds()])
