"""The data bench's tasks in polars: `python peer.py samples|encode FOLDER`. Prints one line, as peers/dinnb.mjs does."""
import json
import os
import resource
import sys
import time

import polars as pl

HISTORY = 5


def before(events, entity, columns):
    """Of each (entity, second): sums over the entity's strictly earlier seconds. Sums per (entity, second), then running."""
    own = events.group_by(entity, "timestamp").agg(columns).sort(entity, "timestamp")
    names = [name for name in own.columns if name not in (entity, "timestamp")]
    return own.with_columns((pl.col(n).cum_sum().over(entity) - pl.col(n)) for n in names)


def moments(name, column):
    value = pl.col(column).cast(pl.Float64)
    return [value.sum().alias(f"{name}Sum"), (value * value).sum().alias(f"{name}Squares")]


def mean(count, total, none):
    return pl.when(pl.col(count) == 0).then(none).otherwise(pl.col(total) / pl.col(count))


def deviation(count, total, squares):
    n, s, q = pl.col(count), pl.col(total), pl.col(squares)
    variance = (q - s * s / n) / (n - 1)
    return pl.when(n < 2).then(0.0).otherwise(variance.clip(0, None).sqrt())


def samples(folder):
    """The reference columns of MovieLens ratings, split by time, ids as rows of the training ids."""
    movies = pl.read_csv(os.path.join(folder, "movies.csv")).with_columns(
        pl.col("title").str.extract(r"\((\d{4})[^()]*\)\s*$", 1).cast(pl.Int32).fill_null(1990).alias("releaseYear"),
        pl.when(pl.col("genres") == "(no genres listed)").then(pl.lit(None)).otherwise(pl.col("genres").str.split("|")).alias("genres"),
    )
    names = movies["genres"].drop_nulls().explode().unique().sort().to_list()
    movies = movies.select(
        "movieId", "releaseYear",
        *(pl.col("genres").list.get(i, null_on_oob=True).cast(pl.Enum(names)).alias(f"movieGenre{i + 1}") for i in range(3)),
        *(pl.col("genres").list.contains(g).fill_null(False).cast(pl.Int32).alias(f"is{g}") for g in names),
    )
    flags = [f"is{g}" for g in names]
    rated = (
        pl.read_csv(os.path.join(folder, "ratings.csv"))
        .with_columns((pl.col("rating") >= 3.5).cast(pl.Int32).alias("label"))
        .join(movies.drop(flags), on="movieId", how="left")
        .sort("timestamp", "userId", "movieId", maintain_order=True)
    )
    liked = rated.filter(pl.col("label") == 1).select("userId", "timestamp", "movieId")

    # All earlier ratings, for means of nothing.
    everything = rated.group_by("timestamp").agg(pl.len().alias("n"), pl.col("rating").sum().alias("r"), pl.col("releaseYear").cast(pl.Int64).sum().alias("y"))
    everything = everything.sort("timestamp").with_columns((pl.col(c).cum_sum() - pl.col(c)) for c in ("n", "r", "y"))
    everything = everything.select(
        "timestamp",
        pl.when(pl.col("n") == 0).then(3.5).otherwise(pl.col("r") / pl.col("n")).alias("usualRating"),
        pl.when(pl.col("n") == 0).then(1990.0).otherwise(pl.col("y") / pl.col("n")).alias("usualYear"),
    )
    of_movie = before(rated, "movieId", [pl.len().cast(pl.Int32).alias("movieRatingCount"), *moments("m", "rating")])
    of_user = before(rated, "userId", [
        pl.len().cast(pl.Int32).alias("userRatingCount"), pl.col("label").sum().alias("liked"), *moments("u", "rating"), *moments("y", "releaseYear"),
    ])

    # The genres of liked movies up to and with each (user, second): count and name in one number, so that the largest are the
    # top. A rating takes those of the latest earlier second that has any.
    keys = [pl.when(pl.col(f) > 0).then(pl.col(f) * 32 + (31 - i)).otherwise(-1) for i, f in enumerate(flags)]
    genre = pl.Series(names, dtype=pl.Enum(names))
    top = liked.join(movies.select("movieId", *flags), on="movieId", how="left").group_by("userId", "timestamp").agg(pl.col(f).sum() for f in flags)
    top = top.sort("userId", "timestamp").with_columns(pl.col(f).cum_sum().over("userId") for f in flags)
    top = top.select("userId", (pl.col("timestamp") + 1).alias("timestamp"), pl.concat_list(keys).list.sort(descending=True).list.head(5).alias("top"))

    data = (
        rated.join(everything, on="timestamp", how="left")
        .join(of_movie, on=["movieId", "timestamp"], how="left")
        .join(of_user, on=["userId", "timestamp"], how="left")
        .sort("timestamp", "userId", "movieId", maintain_order=True)
    )
    data = data.join_asof(top.sort("timestamp"), on="timestamp", by="userId", strategy="backward", check_sortedness=False)
    for i in range(5):
        key = pl.col("top").list.get(i, null_on_oob=True)
        data = data.with_columns(pl.when(key >= 0).then(31 - key % 32).cast(pl.UInt32).alias("at"))
        data = data.with_columns(genre.gather(data["at"]).alias(f"userGenre{i + 1}"))
    data = data.drop("top", "at")

    # The latest liked movies: places in the liked ratings, user by user.
    by_user = liked.sort("userId", "timestamp", "movieId", maintain_order=True)
    starts = by_user.with_row_index("start").group_by("userId").agg(pl.col("start").min())
    place = data.select("userId", "liked").join(starts, on="userId", how="left", maintain_order="left")
    history = []
    for i in range(1, HISTORY + 1):
        at = place.select(pl.when(pl.col("liked") >= i).then(pl.col("start") + pl.col("liked") - i).cast(pl.UInt32)).to_series()
        history.append(by_user["movieId"].gather(at).fill_null(0).alias(f"userRatedMovie{i}"))
    data = data.with_columns(
        *history,
        mean("movieRatingCount", "mSum", pl.col("usualRating")).alias("movieAvgRating"),
        deviation("movieRatingCount", "mSum", "mSquares").alias("movieRatingStddev"),
        mean("userRatingCount", "ySum", pl.col("usualYear")).alias("userAvgReleaseYear"),
        deviation("userRatingCount", "ySum", "ySquares").alias("userReleaseYearStddev"),
        mean("userRatingCount", "uSum", pl.col("usualRating")).alias("userAvgRating"),
        deviation("userRatingCount", "uSum", "uSquares").alias("userRatingStddev"),
        pl.col("userId").alias("sourceUserId"),
    ).drop("usualRating", "usualYear", "mSum", "mSquares", "uSum", "uSquares", "ySum", "ySquares", "liked")

    # The latest fifth is for testing; ids become rows of what the training rows have.
    test_rows = max(1, round(data.height * 0.2))
    cut = data["timestamp"].gather([data.height - test_rows])[0]
    train, test = data.filter(pl.col("timestamp") < cut), data.filter(pl.col("timestamp") >= cut)
    known = train.group_by("movieId").len().filter(pl.col("len") >= 2).select(pl.col("movieId").sort()).with_row_index("row", offset=1)
    users = train.select(pl.col("userId").unique().sort()).with_row_index("row", offset=1)

    def rows_of(table, columns, ids, key):
        largest = max(table[c].max() for c in columns) + 1
        lookup = pl.DataFrame({key: pl.int_range(largest, eager=True)}).join(ids.with_columns(pl.col(key).cast(pl.Int64)), on=key, how="left", maintain_order="left")["row"]
        lookup = lookup.fill_null(ids.height + 1).scatter(0, 0)
        return table.with_columns(lookup.gather(table[c].cast(pl.UInt32)).alias(c) for c in columns)

    parts = []
    for part in (train, test):
        part = rows_of(part, ["movieId", *(f"userRatedMovie{i}" for i in range(1, HISTORY + 1))], known, "movieId")
        parts.append(rows_of(part, ["userId"], users, "userId"))
    return parts


def sums(parts):
    out = {}
    for name in parts[0].columns:
        total = 0.0
        for part in parts:
            column = part[name]
            if column.dtype in (pl.Enum, pl.String):
                column = column.cast(pl.String).str.len_chars().fill_null(0)
            weights = pl.int_range(part.height, eager=True) % 97 + 1
            total += float((column.cast(pl.Float64) * weights).sum())
        out[name] = total
    return out


def encode(folder):
    """Reads the click log; ids and lists of ids become numbers of one dictionary a vocabulary."""
    events = pl.read_parquet(os.path.join(folder, "events.parquet"))
    read = time.perf_counter()
    columns = {"label": events["click"].cast(pl.Float32)}
    for single, lists in (("user", None), ("item", "hist_item"), ("category", "hist_category"), ("device", None)):
        items = events[lists].list.tail(10).explode() if lists else None
        values = events[single] if items is None else pl.concat([events[single], items.drop_nulls()])
        known = values.drop_nulls().unique(maintain_order=True)
        index = pl.DataFrame({"v": known}).with_row_index("id", offset=1)
        code = lambda s: pl.DataFrame({"v": s}).join(index, on="v", how="left", maintain_order="left")["id"]
        columns[single] = code(events[single])
        if items is not None:
            columns[lists] = code(items)
    for name in ("age", "price", "position"):
        columns[name] = events[name].cast(pl.Float32)
    age = columns["age"]
    columns["age"] = (age - age.mean()) / age.std(ddof=0)
    return read, events.height


def main():
    task, folder = sys.argv[1:3]
    started, cpu = time.perf_counter(), time.process_time()
    result = {"samples": samples, "encode": encode}[task](folder)
    seconds = time.perf_counter() - started
    cpu = time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = {"seconds": seconds, "cpuSeconds": cpu, "peakMB": peak, "version": f"polars {pl.__version__}"}
    if task == "samples":
        line |= {"rows": sum(part.height for part in result), "sums": sums(result)}
    else:
        line |= {"readSeconds": result[0] - started, "rows": result[1]}
    print("@" + json.dumps(line))


main()
