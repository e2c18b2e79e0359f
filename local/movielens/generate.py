"""A stand-in for MovieLens' small data set: `generate.py ZIP [--seed N]`.

Same files, columns and kinds of value, and about the same size, for a machine that the published
data set does not reach. A seed always gives the same bytes. Source of the schema:
https://files.grouplens.org/datasets/movielens/ml-latest-small-README.html
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import random
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

SEED = 20180926
MOVIES = 9742
USERS = 610
RATINGS = 100_836
TAGS = 3_683

#: Days that ratings were given in: March 1996 to September 2018, seconds since 1970.
FIRST_RATING, LAST_RATING = 828_124_615, 1_537_799_250

#: How often each rating is given, in parts of a hundred.
STARS = {
    "0.5": 1,
    "1.0": 3,
    "1.5": 2,
    "2.0": 8,
    "2.5": 5,
    "3.0": 20,
    "3.5": 13,
    "4.0": 27,
    "4.5": 8,
    "5.0": 13,
}

GENRES = (
    "Action Adventure Animation Children Comedy Crime Documentary Drama Fantasy Film-Noir Horror "
    "IMAX Musical Mystery Romance Sci-Fi Thriller War Western"
).split()

_ARTICLES = ("The", "A", "An", "L'", "Les", "Die", "El")
_ADJECTIVES = (
    "Last First Silent Crimson Broken Hidden Golden Électrique Süße Perdue Señorita Midnight Paper "
    "Distant Honest Frozen Little Åland's Naïve Wild"
).split()
_NOUNS = (
    "Garden Harbor Fiancée Winter Orchestra Café Train Letter Mountain Année Bandit Straße River "
    "Kitchen Pinguino Tourist Detective Summer Œuvre Lighthouse Jalapeño Door Island Płomień"
).split()
_PLACES = "Paris,Zürich,São Paulo,Göteborg,Kraków,Reykjavík,Omaha,Málaga,Oslo".split(",")
_TAGS = (
    "funny",
    "twist ending",
    'so-called "classic"',
    "dark, moody",
    "based on a book",
    "visually stunning",
    "déjà vu",
    "in Netflix queue",
    "quirky (in a good way)",
    "atmospheric",
)


def title(rng: random.Random, number: int) -> str:
    """Title of a film: some with commas, quotes, accents, parentheses, and no year."""
    noun, adjective = rng.choice(_NOUNS), rng.choice(_ADJECTIVES)
    core = f"{adjective} {noun}"
    shape = rng.random()
    if shape < 0.25:
        core = f"{core}, {rng.choice(_ARTICLES)}"
    elif shape < 0.29:
        core = f'"{noun}" and Other Stories from {rng.choice(_PLACES)}'
    elif shape < 0.33:
        core = (
            f"{core}, {rng.choice(_ARTICLES)} (a.k.a. {rng.choice(_PLACES)} {rng.choice(_NOUNS)})"
        )
    elif shape < 0.36:
        core = f'{noun}: The "{adjective}, {rng.choice(_PLACES)}" Affair'
    elif shape < 0.45:
        core = f"{core} {number}"
    return core if rng.random() < 0.02 else f"{core} ({rng.randint(1902, 2018)})"


def tables(rng: random.Random) -> dict[str, tuple[Sequence[str], Sequence[tuple[object, ...]]]]:
    """Header and rows of each file of the data set."""
    ids = sorted(rng.sample(range(1, 193_610), MOVIES))
    movies = [
        (
            movie,
            title(rng, number),
            "|".join(sorted(rng.sample(GENRES, rng.randint(1, 4))))
            if rng.random() > 0.004
            else "(no genres listed)",
        )
        for number, movie in enumerate(ids, 1)
    ]
    # A few films have most of the ratings, as anywhere.
    weights = [1 / (rank + 5) ** 0.9 for rank in range(MOVIES)]
    rng.shuffle(weights)
    popularity = list(itertools.accumulate(weights))
    rated: set[tuple[int, int]] = set()
    for user in range(1, USERS + 1):
        rated.update((user, movie) for movie in rng.choices(ids, cum_weights=popularity, k=20))
    while len(rated) < RATINGS:
        user = min(USERS, 1 + int(rng.expovariate(1 / (USERS / 3))))
        rated.add((user, rng.choices(ids, cum_weights=popularity)[0]))
    pairs = sorted(rated)[:RATINGS]
    stars = rng.choices(list(STARS), list(STARS.values()), k=len(pairs))
    ratings = [
        (user, movie, star, rng.randint(FIRST_RATING, LAST_RATING))
        for (user, movie), star in zip(pairs, stars, strict=True)
    ]
    tags = [
        (user, movie, rng.choice(_TAGS), rng.randint(FIRST_RATING, LAST_RATING))
        for user, movie in sorted(rng.sample(pairs, TAGS))
    ]
    links = [(movie, f"{rng.randint(1, 8_000_000):07d}", rng.randint(2, 525_000)) for movie in ids]
    return {
        "movies": (("movieId", "title", "genres"), movies),
        "ratings": (("userId", "movieId", "rating", "timestamp"), ratings),
        "tags": (("userId", "movieId", "tag", "timestamp"), tags),
        "links": (("movieId", "imdbId", "tmdbId"), links),
    }


def write(path: Path, seed: int = SEED) -> None:
    """Write the data set's zip; a run that is cut short leaves no file of that name."""
    partial = path.with_name(f"{path.name}.partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, (header, rows) in tables(random.Random(seed)).items():  # noqa: S311 -- no secret
            # A fixed date, so that the same seed gives the same bytes.
            member = zipfile.ZipInfo(f"ml-latest-small/{table}.csv", (2018, 9, 26, 0, 0, 0))
            archive.writestr(member, _csv(header, rows), zipfile.ZIP_DEFLATED)
        note = zipfile.ZipInfo("ml-latest-small/README.txt", (2018, 9, 26, 0, 0, 0))
        archive.writestr(
            note, f"Generated, not MovieLens: films and ratings are made up ({seed}).\n"
        )
    partial.replace(path)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("zip", type=Path, help="file to write")
    parser.add_argument("--seed", type=int, default=SEED, help="default: %(default)s")
    args = parser.parse_args()
    write(args.zip, args.seed)


if __name__ == "__main__":
    main()
