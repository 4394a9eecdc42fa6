"""What the Python peers share: the data, the model's shape, and the line protocol of bench.mjs."""
import json
import os
import sys
import time

import numpy as np

USER_NUMBERS = ["userRatingCount", "userAvgRating", "userRatingStddev"]
CONTEXT_NUMBERS = ["releaseYear", "movieRatingCount", "movieAvgRating", "movieRatingStddev"]


def load(folder, rows=None):
    """Columns by input, the first `rows` of each; None: all."""
    with open(os.path.join(folder, "meta.json")) as f:
        meta = json.load(f)

    def column(name):
        entry = meta["files"][name]
        return np.fromfile(os.path.join(folder, entry["file"]), dtype=entry["dtype"])[:rows]

    def history(what):
        return np.stack([column(f"userRated{what}{k + 1}") for k in range(meta["historyLength"])], 1)

    return {
        "movie": column("movieId"),
        "user": column("userId"),
        "user_genre": column("userGenre1"),
        "movie_genre": column("movieGenre1"),
        "user_numbers": np.stack([column(n) for n in USER_NUMBERS], 1),
        "context_numbers": np.stack([column(n) for n in CONTEXT_NUMBERS], 1),
        "history": history("Movie"),
        # A second field of behaviours and candidate, where the case has one.
        **({"history_genre": history("Genre")} if meta["fields"] == 2 else {}),
        "label": column("label"),
    }


def say(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def wait_for_go():
    """A round begins when the bench says so; an empty line or the end of input means no more rounds."""
    return sys.stdin.readline().strip() == "go"


class Clock:
    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def seconds(self):
        return {"wall": time.perf_counter() - self.wall, "cpu": time.process_time() - self.cpu}
