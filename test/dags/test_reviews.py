"""What may be asked of the reviews, and whether there are any."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from fake_aws import FakeS3

from mwaalib import reviews
from mwaalib.reviews import InputError

VALUES = {
    "INPUT_LOCATION": "s3://data-bucket/reviews/",
    "CATEGORIES_CSV": "Apparel,Books",
    "FROM_DATE": "2015-08-25",
    "TO_DATE": "2015-08-31",
    "OUTPUT_LOCATION": "s3://data-bucket/query_output",
}


def test_the_notebook_gets_names_and_folders():
    assert reviews.notebook_parameters(VALUES) == {
        "INPUT_LOCATION": "s3://data-bucket/reviews/",
        "CATEGORIES": ["Apparel", "Books"],
        "FROM_DATE": "2015-08-25",
        "TO_DATE": "2015-08-31",
        "OUTPUT_LOCATION": "s3://data-bucket/query_output/",
    }


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("Books", ["Books"]),
        (" Apparel , Books ,", ["Apparel", "Books"]),
        ("Books,Apparel,Books", ["Books", "Apparel"]),
        ("Health_&_Personal_Care,PC", ["Health_&_Personal_Care", "PC"]),
    ],
)
def test_categories_are_told_with_commas(told, expected):
    values = {**VALUES, "CATEGORIES_CSV": told}
    assert reviews.notebook_parameters(values)["CATEGORIES"] == expected


@pytest.mark.parametrize("day", ["2016-02-29", "2015-01-01", "1999-12-31"])
def test_a_range_of_one_day_is_a_range(day):
    reviews.notebook_parameters({**VALUES, "FROM_DATE": day, "TO_DATE": day})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        *(
            ({name: day}, rf"^{name} is '{day}': give a valid date, such as 2015-08-25\.$")
            for name in ("FROM_DATE", "TO_DATE")
            for day in ("", "2015-02-29", "20150825", "2015-W35-2", "25.08.2015", "today")
        ),
        ({"FROM_DATE": "2015-09-01"}, "^FROM_DATE 2015-09-01 is after TO_DATE 2015-08-31: "),
        ({"CATEGORIES_CSV": ""}, "^CATEGORIES_CSV is '': give one name or more"),
        ({"CATEGORIES_CSV": " , ,"}, "^CATEGORIES_CSV is ' , ,': give one name or more"),
        *(
            ({name: where}, f"^{name} is '{where}': give a folder such as s3://bucket/folder/")
            for name in ("INPUT_LOCATION", "OUTPUT_LOCATION")
            for where in ("", "s3://", "/data/reviews", "https://bucket/x", "s3://B/x")
        ),
    ],
)
def test_what_is_wrong_is_told(changed, message):
    with pytest.raises(InputError, match=message):
        reviews.notebook_parameters({**VALUES, **changed})


def test_all_that_is_wrong_is_told_at_once():
    wrong = dict.fromkeys(VALUES, "wrong") | {"CATEGORIES_CSV": ","}
    with pytest.raises(InputError) as error:
        reviews.notebook_parameters(wrong)
    assert all(f"{name} is " in str(error.value) for name in VALUES)


KEYS = {
    "reviews/_SUCCESS": 0,
    "reviews/product_category=Apparel/_SUCCESS": 0,
    "reviews/product_category=Apparel/part-0.parquet": 10,
    "reviews/product_category=Books/part-0.parquet": 10,
    "reviews/product_category=Health_&_Personal_Care/part-0.parquet": 10,
    "reviews/product_category=What%3F/part-0.parquet": 10,
    "reviews/product_category=Empty/_SUCCESS": 0,
    "reviews/product_category=Empty/.hidden.parquet": 10,
    "reviews/product_category=Empty/part-0.parquet": 0,
    "reviews/product_category=Left/_temporary/0/part-0.parquet": 10,
    "reviews_old/product_category=Toys/part-0.parquet": 10,
    "product_category=Video/part-0.parquet": 10,
}


def require(*categories: str, location: str = "s3://data-bucket/reviews/", **told) -> FakeS3:
    s3 = FakeS3(**{"data-bucket": KEYS, **told})
    reviews.require_reviews(s3.client, location, categories)
    return s3


def test_reviews_are_found_by_their_folders():
    s3 = require("Apparel", "Books", "Health_&_Personal_Care", "What?")
    assert set(s3.calls) == {"ListObjectsV2"}


def test_a_bucket_may_be_a_folder():
    require("Video", location="s3://data-bucket")


RUNS = [f"2026113{n}T000000000000Z-0123456789abcdef" for n in range(4)]


def test_the_last_finished_run_of_sample_reviews_is_what_is_read():
    """Those before it were replaced, those after it have not finished, or were killed."""
    finished = {f"reviews/{run}/_SUCCESS": 0 for run in RUNS[:2]}
    files = {f"reviews/{run}/product_category=Toys/part-0.parquet": 10 for run in RUNS}
    shown = f"s3://data-bucket/reviews/{RUNS[1]}/"
    for there in ({**files, **finished}, {**KEYS, **files, **finished}):
        s3 = FakeS3(**{"data-bucket": there})
        assert reviews.require_reviews(s3.client, "s3://data-bucket/reviews", ["Toys"]) == shown
        with pytest.raises(InputError, match=f"There are no reviews of Books in {shown}, "):
            reviews.require_reviews(s3.client, "s3://data-bucket/reviews/", ["Books"])


def test_without_a_finished_run_a_folder_is_read_as_it_is():
    files = {f"reviews/{run}/product_category=Toys/part-0.parquet": 10 for run in RUNS}
    s3 = FakeS3(**{"data-bucket": {**KEYS, **files}})
    location = "s3://data-bucket/reviews/"
    assert reviews.require_reviews(s3.client, location, ["Books"]) == location
    with pytest.raises(InputError):
        reviews.require_reviews(s3.client, location, ["Toys"])


@pytest.mark.parametrize("missing", ["Toys", "Empty", "books", "What%3F", "Left"])
def test_a_category_without_reviews_is_told_with_those_there_are(missing):
    with pytest.raises(InputError) as error:
        require("Books", missing)
    told = str(error.value)
    assert told.startswith(f"There are no reviews of {missing} in s3://data-bucket/reviews/, ")
    assert "Apparel, Books, Empty, Health_&_Personal_Care" in told
    assert "generate_sample_reviews" in told


@pytest.mark.parametrize("location", ["s3://data-bucket/none/", "s3://data-bucket/reviews/x/"])
def test_without_any_reviews_the_message_says_how_to_make_them(location):
    with pytest.raises(InputError, match="Run the DAG generate_sample_reviews") as error:
        require("Books", location=location)
    assert f"There are no reviews in {location}" in str(error.value)


def test_a_bucket_that_is_not_there_is_told():
    with pytest.raises(InputError, match=r"s3://another/reviews/ \(INPUT_LOCATION\).*NoSuchBucket"):
        require("Books", location="s3://another/reviews/")


@pytest.mark.parametrize(("code", "error"), [("AccessDenied", InputError), ("Slow", ClientError)])
def test_a_denied_look_is_no_passing_trouble(monkeypatch, code, error):
    monkeypatch.setattr(FakeS3, "ListObjectsV2", lambda self, **_: self.refuse(code, "no"))
    with pytest.raises(error):
        require("Books")
