"""The Amazon Customer Reviews: what may be asked of them, and what there is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import unquote

from botocore.exceptions import ClientError

#: The categories, as the job that makes sample reviews knows them.
CATEGORIES = (
    *("Apparel", "Automotive", "Baby", "Beauty", "Books", "Camera"),
    *("Digital_Ebook_Purchase", "Digital_Music_Purchase", "Digital_Software"),
    *("Digital_Video_Download", "Digital_Video_Games", "Electronics", "Furniture", "Gift_Card"),
    *("Grocery", "Health_&_Personal_Care", "Home", "Home_Entertainment", "Home_Improvement"),
    *("Jewelry", "Kitchen", "Lawn_and_Garden", "Luggage", "Major_Appliances", "Mobile_Apps"),
    *("Mobile_Electronics", "Music", "Musical_Instruments", "Office_Products", "Outdoors", "PC"),
    *("Personal_Care_Appliances", "Pet_Products", "Shoes", "Software", "Sports", "Tools", "Toys"),
    *("Video", "Video_DVD", "Video_Games", "Watches", "Wireless"),
)

#: What a category's folder is named by.
_PARTITION = "product_category="

#: Folder of a run among sample reviews, as `jobs/emr/run_folder.py` names it, and what it has in it
#: once it is whole.
_RUN = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{16}")
_FINISHED = "_SUCCESS"

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_LOCATION = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<key>.*))?")


class InputError(ValueError):
    """Not retryable: what is asked for cannot be done."""


def split(categories: str) -> list[str]:
    """Names that are told with commas between, each once, without what is empty."""
    names = (name.strip() for name in categories.split(","))
    return list(dict.fromkeys(filter(None, names)))


def require_known(told: Iterable[str], known: Iterable[str]) -> None:
    """Hold a run's configuration against the parameters of its DAG.

    Raises:
        InputError: when there is a key that the DAG does not know.
    """
    unknown = sorted(set(told) - set(known))
    if unknown:
        raise InputError(
            f"The run's configuration has {', '.join(unknown)}, which the DAG does not know: "
            f"choose of {', '.join(known)}."
        )


def problems_of_days(
    first: str, last: str, names: tuple[str, str] = ("FROM_DATE", "TO_DATE")
) -> list[str]:
    """What is wrong with a range of days, by its two names of parameters."""
    told = []
    for name, text in zip(names, (first, last), strict=True):
        if not _is_day(text):
            told.append(f"{name} is {text!r}: give a valid date, such as 2015-08-25.")
    if not told and first > last:
        told.append(f"{names[0]} {first} is after {names[1]} {last}: change one; both days count.")
    return told


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return _DATE.fullmatch(text) is not None


def notebook_parameters(values: Mapping[str, str]) -> dict[str, str | list[str]]:
    """The notebook's parameters.

    Args:
        values: `INPUT_LOCATION`, `CATEGORIES_CSV`, `FROM_DATE`, `TO_DATE` and `OUTPUT_LOCATION`.

    Raises:
        InputError: tells all that is wrong with them.
    """
    told = problems_of_days(values["FROM_DATE"], values["TO_DATE"])
    categories = split(values["CATEGORIES_CSV"])
    if not categories:
        told.append(
            f"CATEGORIES_CSV is {values['CATEGORIES_CSV']!r}: give one name or more, with commas "
            "between."
        )
    for name in ("INPUT_LOCATION", "OUTPUT_LOCATION"):
        if not _LOCATION.fullmatch(values[name]):
            told.append(f"{name} is {values[name]!r}: give a folder such as s3://bucket/folder/.")
    if told:
        raise InputError(" ".join(told))
    locations = ("INPUT_LOCATION", "OUTPUT_LOCATION")
    return {
        "CATEGORIES": categories,
        **{name: values[name] for name in ("FROM_DATE", "TO_DATE")},
        **{name: values[name].rstrip("/") + "/" for name in locations},
    }


def require_reviews(s3_client, location: str, categories: Iterable[str]) -> str:
    """Look whether there are files with reviews of each category; their rows are not read.

    Args:
        s3_client: boto3 client.
        location: Folder of the reviews, or of runs that made sample reviews.
        categories: The categories asked for.

    Returns:
        Folder of the reviews: `location`, or the last finished run's in it. That one stays as it
        is, for a day at least after another has taken its place.

    Raises:
        InputError: when there are no reviews of a category, or none at all.
    """
    try:
        shown = _shown(s3_client, location)
        there = _folders(s3_client, shown)
        full = {name for name in categories if name in there and _has_files(s3_client, there[name])}
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchBucket", "AccessDenied"):
            raise
        raise InputError(
            f"{location} (INPUT_LOCATION) cannot be looked into: {error}. Name a folder that is "
            "there, and that the stack may read: its own, or the one of the setting "
            "notebook.inputLocation."
        ) from error
    if not there:
        raise InputError(
            f"There are no reviews in {location} (INPUT_LOCATION), which has no folder "
            f"{_PARTITION}<category>. Run the DAG generate_sample_reviews, which makes some, or "
            "name the folder that holds yours."
        )
    missing = [name for name in categories if name not in full]
    if missing:
        raise InputError(
            f"There are no reviews of {', '.join(missing)} in {shown}, which has the folders of "
            f"{', '.join(sorted(there))}. Choose of these in CATEGORIES_CSV, or run the DAG "
            "generate_sample_reviews for all that are needed."
        )
    return shown


def _shown(s3_client, location: str) -> str:
    """The last run's folder in a location that has finished, or the location itself."""
    bucket, folders = _below(s3_client, location)
    for folder in sorted(folders, reverse=True):
        if not _RUN.fullmatch(folder.rstrip("/").rpartition("/")[2]):
            continue
        marker = s3_client.list_objects_v2(Bucket=bucket, Prefix=f"{folder}{_FINISHED}")
        if marker.get("Contents"):
            return f"s3://{bucket}/{folder}"
    return location


def _folders(s3_client, location: str) -> dict[str, tuple[str, str]]:
    """Bucket and prefix of each category's folder."""
    bucket, folders = _below(s3_client, location)
    names = {folder.rstrip("/").rpartition("/")[2]: folder for folder in folders}
    return {
        # Spark writes signs that a folder's name cannot have as %XX.
        unquote(name.removeprefix(_PARTITION)): (bucket, folder)
        for name, folder in names.items()
        if name.startswith(_PARTITION)
    }


def _below(s3_client, location: str) -> tuple[str, list[str]]:
    """Bucket of a location, and the prefixes of the folders in it."""
    found = _LOCATION.fullmatch(location)
    bucket, prefix = found["bucket"], (found["key"] or "").strip("/")
    pages = s3_client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=f"{prefix}/" if prefix else "", Delimiter="/"
    )
    return bucket, [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]


def _has_files(s3_client, folder: tuple[str, str]) -> bool:
    """Whether Spark would find something to read.

    It passes over files and folders whose names begin with an underscore or a dot.
    """
    pages = s3_client.get_paginator("list_objects_v2").paginate(Bucket=folder[0], Prefix=folder[1])
    return any(
        item["Size"] > 0
        and not any(
            part.startswith(("_", ".")) for part in item["Key"].removeprefix(folder[1]).split("/")
        )
        for page in pages
        for item in page.get("Contents", [])
    )
