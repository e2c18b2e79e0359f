"""EMR step: reviews of products that never were, in the schema of the Amazon Customer Reviews.

    spark-submit --py-files run_folder.py generate_sample_reviews.py --output FOLDER
        [--reviews 200000] [--categories Apparel,Books] [--from-date 2015-01-01]
        [--to-date 2015-12-31] [--seed 0]

`--output` gets a folder of the run's own, of Parquet of SCHEMA in folders
`product_category=<category>`, which takes the place of an earlier run's as `run_folder.py` says:
exactly `--reviews` rows, the same rows for the same arguments however many machines make them. Each
row is computed from its number alone, and nothing is shuffled, so that billions take a cluster as
long as their share takes one machine.

The categories have reviews in about the proportions that they had at Amazon, few products have
most of them, every seventh or so is not of a verified purchase, and the range has reviews on its
first and on its last day. Into each category PLANTED products are put, which `planted` names: its
best sellers, of which two are equal in all but their ids, and one that more people praise than any
of these, but nobody is known to have bought.

Prints `{"reviews": …, "categories": {…: …}, "folder": …}`. Ends with a message and status 2, before
it touches the folder, if an argument is wrong.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from itertools import accumulate
from typing import NamedTuple, TypeVar

import run_folder
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

#: The categories of the Amazon Customer Reviews: millions of reviews, and what one sells.
CATEGORIES = {
    "Apparel": (5.9, "Jacket"),
    "Automotive": (3.5, "Floor Mat"),
    "Baby": (1.8, "Blanket"),
    "Beauty": (5.1, "Hand Cream"),
    "Books": (19.5, "Novel"),
    "Camera": (1.8, "Tripod"),
    "Digital_Ebook_Purchase": (17.6, "Story"),
    "Digital_Music_Purchase": (1.7, "Song"),
    "Digital_Software": (0.1, "Tax Helper"),
    "Digital_Video_Download": (4.1, "Episode"),
    "Digital_Video_Games": (0.1, "Season Pass"),
    "Electronics": (3.1, "Headphones"),
    "Furniture": (0.8, "Bookcase"),
    "Gift_Card": (0.1, "Gift Card"),
    "Grocery": (2.4, "Green Tea"),
    "Health_&_Personal_Care": (5.3, "Vitamins"),
    "Home": (6.2, "Cushion"),
    "Home_Entertainment": (0.7, "Speaker"),
    "Home_Improvement": (2.6, "Lamp"),
    "Jewelry": (1.8, "Necklace"),
    "Kitchen": (4.9, "Saucepan"),
    "Lawn_and_Garden": (2.6, "Watering Can"),
    "Luggage": (0.3, "Suitcase"),
    "Major_Appliances": (0.1, "Freezer"),
    "Mobile_Apps": (5.0, "Puzzle"),
    "Mobile_Electronics": (0.1, "Car Charger"),
    "Music": (4.8, "Album"),
    "Musical_Instruments": (0.9, "Ukulele"),
    "Office_Products": (2.6, "Notebook"),
    "Outdoors": (2.3, "Tent"),
    "PC": (6.9, "Keyboard"),
    "Personal_Care_Appliances": (0.1, "Hair Dryer"),
    "Pet_Products": (2.6, "Dog Bed"),
    "Shoes": (4.4, "Sneakers"),
    "Software": (0.3, "Photo Editor"),
    "Sports": (4.9, "Yoga Mat"),
    "Tools": (1.7, "Drill"),
    "Toys": (4.9, "Board Game"),
    "Video": (0.4, "Documentary"),
    "Video_DVD": (5.1, "Comedy"),
    "Video_Games": (1.8, "Racing Game"),
    "Watches": (1.0, "Wristwatch"),
    "Wireless": (9.0, "Phone Case"),
}

SCHEMA = (
    "marketplace STRING, customer_id STRING, review_id STRING, product_id STRING, "
    "product_parent STRING, product_title STRING, star_rating INT, helpful_votes INT, "
    "total_votes INT, vine STRING, verified_purchase STRING, review_headline STRING, "
    "review_body STRING, review_date DATE, year INT, product_category STRING"
)
COLUMNS = [column.split()[0] for column in SCHEMA.split(", ")]

#: Reviews that each planted product has of every BLOCK in its category, all of five stars, and its
#: title around what the category sells. None but the last one's are of verified purchases.
PLANTED = [
    (6, "Café Noir & Sons {}"),
    (4, 'The "Everyday" {}'),
    (3, "{} <Limited Edition>"),
    (2, "{} for Two, Hers"),
    (2, "{} for Two, His"),
    (7, "Nobody's {}"),
]
BLOCK = 100
#: Which of PLANTED is not of verified purchases.
UNVERIFIED = len(PLANTED) - 1

#: Reviews that a product has on average, and the fewest products that a category has.
REVIEWS_A_PRODUCT = 12
FEWEST_PRODUCTS = 200
#: Flattens the head of the products' Zipf–Mandelbrot distribution: none is nearly as popular as
#: the planted ones.
FLATNESS = 50
VERIFIED_SHARE = 0.86
#: From how much of 1 on a review has 1, 2, 3, 4 stars fewer than five.
FEWER_STARS = [0.62, 0.79, 0.88, 0.93]
#: Rows that one task makes, some 150 MB of Parquet.
ROWS_A_TASK = 2_000_000

#: Bytes of code up to which HotSpot compiles a method. Those that Spark makes of a whole stage may
#: have up to 65,535 by default: the longer ones are interpreted, for each row.
LONGEST_METHOD = 8000

#: Spreads consecutive numbers over all ids of nine places, each number another id: it has no
#: factor in common with 36. Up to 25 billion reviews what is multiplied by it fits a Java long.
SPREAD = 100_000_007
IDS = 36**9
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

MAKERS = (
    "Aurelia Bramble Corvin Dörfler Eastmark Fjällby Gråsten Hollis Ibáñez Junip Kestrel "
    "Lindqvist Marlowe Nørre O'Dowd Peñarol"
).split()
QUALITIES = (
    "Amber Brisk Classic Durable Elegant Feather Gentle Handy Improved Joyful Kingsize Light "
    "Modern Nimble Original Pocket"
).split()
#: By stars, from one on.
HEADLINES = [
    ["One Star", "Do not buy this", "Broke at once"],
    ["Two Stars", "Not what I hoped for", "Meh"],
    ["Three Stars", "It's okay", "Does what it should, no more"],
    ["Four Stars", "Good value", "Nearly perfect"],
    ["Five Stars", "Love it!", "Best one I ever had"],
]
BODIES = [
    ["Sent it back the day it came.", "I want my money back.", "It was nothing like the picture."],
    ["It lasted for a month.", "The size is not what they say.", "Slow to arrive, and scratched."],
    ["Fine for what it costs.", "There are better ones.", "I use it now and then."],
    ["Works well so far.", "I would buy it again.", "Only the box could be better."],
    ["Everybody here wants one now.", "My mother says it's great, too.", "I have bought three."],
]
CLOSINGS = ["", " Came in two days.", " Bought it for a friend.", " More when I know more."]


N = TypeVar("N", int, Column)


class Product(NamedTuple):
    """A planted product."""

    product_id: str
    product_title: str


class Planted(NamedTuple):
    """What is put into a category."""

    #: From the best on; the last two are equal in stars and reviews, and come by their ids.
    best_sellers: list[Product]
    #: It has more reviews than any of those, all of five stars and none of a verified purchase.
    unverified: Product


def planted(category: str, seed: int = 0) -> Planted:
    """The products that are put into `category`.

    The first is the best seller of any range of days, the second the second best and so on, in
    which the category has reviews enough: some hundreds, six in a hundred of which are the
    first's. A category of less than BLOCK reviews has none of them.
    """
    products = [
        Product(_product_id(place, category, seed), title.format(CATEGORIES[category][1]))
        for place, (_, title) in enumerate(PLANTED)
    ]
    *first, one, other = products[:UNVERIFIED]
    return Planted([*first, *sorted([one, other])], products[UNVERIFIED])


def _product_id(place: int, category: str, seed: int) -> str:
    number = _product_number(place, list(CATEGORIES).index(category), seed)
    digits = ""
    for _ in range(9):
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return f"B{digits}"


def _product_number(place: N, category: N, seed: int) -> N:
    """What is unique to the product at a place of a category, below IDS."""
    return ((place * len(CATEGORIES) + category) * SPREAD + seed) % IDS


def sizes(reviews: int, categories: list[str]) -> dict[str, int]:
    """How many of the reviews each category has, in proportion; together all of them."""
    total = sum(CATEGORIES[category][0] for category in categories)
    ends = [
        round(reviews * weight / total)
        for weight in accumulate(CATEGORIES[category][0] for category in categories)
    ]
    return {c: end - start for c, start, end in zip(categories, [0, *ends], ends, strict=False)}


def generate(
    spark: SparkSession,
    reviews: int,
    categories: list[str],
    from_date: date,
    to_date: date,
    seed: int = 0,
) -> DataFrame:
    """Rows of SCHEMA, `reviews` in number, those of one category after those of another."""
    size = sizes(reviews, categories)
    starts = [0, *accumulate(size.values())][:-1]
    days = (to_date - from_date).days + 1

    def of_category(values: list[int] | list[str]) -> Column:
        return F.get(F.lit(values), F.col("category"))

    def chance(what: str) -> Column:
        """A number from 0 to below 1, another one for each review and `what`."""
        return F.shiftrightunsigned(F.xxhash64("id", F.lit(what), F.lit(seed)), 11) * 2.0**-53

    def one_of(values: list[str], what: str | None = None, by: Column | None = None) -> Column:
        place = chance(what) * len(values) if what else F.pmod(by, F.lit(len(values)))
        return F.get(F.lit(values), F.floor(place).cast("int"))

    category = F.lit(0)
    for place, start in enumerate(starts[1:], 1):
        category = F.when(F.col("id") >= start, place).otherwise(category)
    tasks = max(spark.sparkContext.defaultParallelism, -(-reviews // ROWS_A_TASK))
    rows = (
        spark.range(0, reviews, 1, tasks)
        .withColumn("category", category)
        .withColumn("index", F.col("id") - of_category(starts))
        .withColumn("size", of_category(list(size.values())))
    )

    # The first slots of each whole block are the planted products'.
    slot, block = F.col("index") % BLOCK, F.floor(F.col("index") / BLOCK)
    blocks = F.floor(F.col("size") / BLOCK)
    plant, number, of_all = F.lit(None), F.lit(None), F.lit(None)
    ends = list(accumulate(share for share, _ in PLANTED))
    for place, (share, _) in reversed(list(enumerate(PLANTED))):
        here = slot < ends[place]
        plant = F.when(here, place).otherwise(plant)
        number = F.when(here, block * share + slot - (ends[place] - share)).otherwise(number)
        of_all = F.when(here, blocks * share).otherwise(of_all)
    products = F.greatest(F.lit(FEWEST_PRODUCTS), F.floor(F.col("size") / REVIEWS_A_PRODUCT))
    popularity = FLATNESS * (F.pow((products + FLATNESS) / FLATNESS, chance("product")) - 1)
    natural = len(PLANTED) + F.floor(popularity)
    rows = (
        rows.withColumn("plant", F.when(block < blocks, plant))
        # A planted product's reviews are spread evenly over the days, the others' are more and
        # more, as the shop grows.
        .withColumn(
            "day",
            F.when(F.col("index") == 0, 0)
            .when(F.col("index") == F.col("size") - 1, days - 1)
            .when(F.isnotnull("plant"), F.floor(number * days / of_all))
            .otherwise(F.floor(F.pow(chance("day"), 0.8) * days))
            .cast("int"),
        )
        .withColumn("place", F.coalesce("plant", natural))
        .withColumn("of_category", of_category([list(CATEGORIES).index(c) for c in categories]))
    )

    product = _product_number(F.col("place"), F.col("of_category"), seed)
    noun = of_category([CATEGORIES[category][1] for category in categories])
    natural_title = F.concat_ws(
        " ",
        one_of(MAKERS, by=F.xxhash64("product")),
        one_of(QUALITIES, by=F.xxhash64("product", F.lit("quality"))),
        noun,
        F.concat(F.lit("No. "), F.col("place").cast("string")),
        # Some products are renamed.
        F.when((F.col("place") % 7 == 3) & (F.col("day") * 2 >= days), F.lit("(New Edition)")),
    )
    titles = [title.partition("{}") for _, title in PLANTED]
    planted_title = F.concat(
        F.get(F.lit([before for before, _, _ in titles]), F.col("plant")),
        noun,
        F.get(F.lit([after for _, _, after in titles]), F.col("plant")),
    )
    rating = F.lit(5) - sum((chance("stars") >= share).cast("int") for share in FEWER_STARS)
    votes = F.floor(40 * F.pow(chance("votes"), 8)).cast("int")
    verified = F.when(F.isnotnull("plant"), F.col("plant") != UNVERIFIED).otherwise(
        chance("verified") < VERIFIED_SHARE
    )

    def by_stars(values: list[list[str]], what: str) -> Column:
        flat = [text for texts in values for text in texts]
        each = len(values[0])
        place = (F.col("star_rating") - 1) * each + F.floor(chance(what) * each)
        return F.get(F.lit(flat), place.cast("int"))

    def in_places(number: Column, places: int) -> Column:
        return F.lpad(F.conv(number.cast("string"), 10, 36), places, "0")

    rows = rows.withColumns(
        {
            "product": product,
            "star_rating": F.when(F.isnotnull("plant"), 5).otherwise(rating).cast("int"),
            "total_votes": votes,
            "review_date": F.date_add(F.lit(from_date), F.col("day")),
        }
    ).withColumns(
        {
            "marketplace": F.lit("US"),
            "customer_id": F.floor(10_000_000 + chance("customer") * 40_000_000).cast("string"),
            "review_id": F.concat(F.lit("R"), in_places(F.col("id") * SPREAD % IDS, 13)),
            "product_id": F.concat(F.lit("B"), in_places(F.col("product"), 9)),
            "product_parent": F.pmod(F.xxhash64("product"), F.lit(10**9)).cast("string"),
            "product_title": F.coalesce(planted_title, natural_title),
            "helpful_votes": F.floor(votes * chance("helpful")).cast("int"),
            "vine": F.when(chance("vine") < 0.01, "Y").otherwise("N"),
            "verified_purchase": F.when(verified, "Y").otherwise("N"),
            "review_headline": by_stars(HEADLINES, "headline"),
            "review_body": F.concat(by_stars(BODIES, "body"), one_of(CLOSINGS, "closing")),
            "year": F.year("review_date"),
            "product_category": of_category(categories),
        }
    )
    return rows.select(*COLUMNS)


def write(rows: DataFrame, folder: str) -> None:
    """Writes the rows into a folder that is not there yet."""
    # Each expression then has methods of its own.
    rows.sparkSession.conf.set("spark.sql.codegen.hugeMethodLimit", LONGEST_METHOD)
    rows.write.partitionBy("product_category").parquet(folder)


def _reviews(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _categories(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in CATEGORIES]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"{', '.join(map(repr, unknown))} is none of {', '.join(CATEGORIES)}"
        )
    return list(dict.fromkeys(names))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2015-08-25") from None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", required=True, help="folder of the runs")
    parser.add_argument("--reviews", type=_reviews, default=200_000, help="how many (200000)")
    parser.add_argument(
        "--categories",
        type=_categories,
        default=list(CATEGORIES),
        help="names with commas between (all those of the Amazon Customer Reviews)",
    )
    parser.add_argument(
        "--from-date", type=_date, default=date(2015, 1, 1), help="first day (2015-01-01)"
    )
    parser.add_argument(
        "--to-date", type=_date, default=date(2015, 12, 31), help="last day (2015-12-31)"
    )
    parser.add_argument("--seed", type=int, default=0, help="another one, other reviews (0)")
    options = parser.parse_args()
    if options.from_date > options.to_date:
        parser.error(f"--from-date {options.from_date} is after --to-date {options.to_date}")
    spark = SparkSession.builder.appName("generate_sample_reviews").getOrCreate()
    try:
        days = options.from_date, options.to_date
        rows = generate(spark, options.reviews, options.categories, *days, options.seed)
        folder = run_folder.begin(options.output)
        write(rows, folder)
        counts = sizes(options.reviews, options.categories)
        told = {"reviews": options.reviews, "categories": counts, "folder": folder}
        print(json.dumps(told))
        run_folder.clean(spark, options.output, time.time())
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
