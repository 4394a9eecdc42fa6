"""The reference DIN in PyTorch. usage: python torch_din.py DATA_FOLDER BATCH STEPS_PER_ROUND eager|compiled"""
import sys

import numpy as np
import torch
from torch import nn

from common import Clock, load, say, wait_for_go

folder, batch, steps, mode = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
torch.set_num_threads(1)  # faster than the default for steps this small
torch.manual_seed(1)
raw = load(folder, batch * steps)
data = {name: torch.from_numpy(values.astype(np.int64 if values.dtype == np.int32 else np.float32)) for name, values in raw.items()}
rows = batch * steps
two = "history_genre" in data  # behaviours and the candidate have two fields, movie and genre


class Din(nn.Module):
    def __init__(self):
        super().__init__()
        self.movies, self.users = nn.Embedding(1001, 10), nn.Embedding(30001, 10)
        self.user_genres, self.movie_genres = nn.Embedding(20, 10), nn.Embedding(20, 10)
        self.unit = nn.Sequential(nn.Linear(80 if two else 40, 32), nn.PReLU(32), nn.Linear(32, 1))
        self.unit[1] = SharedPReLU(32)
        self.mlp = nn.Sequential(nn.Linear(67 if two else 57, 128), SharedPReLU(128), nn.Linear(128, 64), SharedPReLU(64), nn.Linear(64, 1))

    def forward(self, movie, user, user_genre, movie_genre, user_numbers, context_numbers, history, history_genre=None):
        candidate, past, genre = self.movies(movie), self.movies(history), self.movie_genres(movie_genre)
        if two:
            candidate = torch.cat([candidate, genre], -1)
            past = torch.cat([past, self.movie_genres(history_genre)], -1)
        repeated = candidate[:, None, :].expand_as(past)
        weights = self.unit(torch.cat([past - repeated, past, repeated, past * repeated], -1)) * (history != 0)[:, :, None]
        pooled = (weights * past).sum(1)
        x = [self.users(user), self.user_genres(user_genre), user_numbers, pooled, candidate, *([] if two else [genre]), context_numbers]
        return self.mlp(torch.cat(x, -1))[:, 0]


class SharedPReLU(nn.Module):
    """One slope a channel, the channel last."""

    def __init__(self, channels):
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return torch.relu(x) - self.alpha * torch.relu(-x)


model = Din()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
criterion = nn.BCEWithLogitsLoss()


def loss_and_logits(*args):
    *inputs, label = args
    logits = model(*inputs)
    return criterion(logits, label), logits


forward = torch.compile(loss_and_logits, dynamic=False) if mode == "compiled" else loss_and_logits
NAMES = ["movie", "user", "user_genre", "movie_genre", "user_numbers", "context_numbers", "history", *(["history_genre"] if two else []), "label"]


def area(scores, labels, thresholds=200):
    """ROC and PR areas from buckets, so that metrics cost a peer as little as they cost us."""
    index = np.minimum((scores * thresholds).astype(int), thresholds - 1)
    positives = np.bincount(index, labels, thresholds)[::-1].cumsum()
    everything = np.bincount(index, minlength=thresholds)[::-1].cumsum()
    negatives = everything - positives
    return np.trapezoid(positives, negatives), np.trapezoid(positives / np.maximum(everything, 1), positives)


def epoch():
    order = torch.randperm(rows)
    shuffled = {name: values[order] for name, values in data.items()}
    total, outputs = 0.0, []
    for step in range(steps):
        part = slice(step * batch, (step + 1) * batch)
        loss, logits = forward(*[shuffled[name][part] for name in NAMES])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += loss.item()
        outputs.append(logits.detach())
    scores, labels = torch.sigmoid(torch.cat(outputs)).numpy(), shuffled["label"].numpy()
    float(((scores > 0.5) == labels).mean()), area(scores, labels)
    return total / steps


clock = Clock()
epoch()
say(ready=True, setup=clock.seconds(), version=f"torch {torch.__version__} {mode}")
while wait_for_go():
    clock = Clock()
    loss = epoch()
    say(steps=steps, **clock.seconds(), loss=loss)
