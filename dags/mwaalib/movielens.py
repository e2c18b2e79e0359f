"""The MovieLens data set: a zip of CSV files, looked at as a whole before anything of it is used.

Source of the schema: https://files.grouplens.org/datasets/movielens/ml-latest-small-README.html
"""

from __future__ import annotations

import csv
import hashlib
import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import urlparse

import requests
from botocore.exceptions import ClientError

#: Bytes that the zip may have. The largest data set of the kind has about a third of it.
MAX_ZIP_BYTES = 1024**3

#: Bytes that its files may have together.
MAX_UNPACKED_BYTES = 5 * 1024**3

#: Seconds to wait for a connection, and for each piece of an answer.
HTTP_TIMEOUT = (10, 60)

_CHUNK_BYTES = 1024**2

#: Metadata of an object with the checksum of its content. S3's own of a large object is one of its
#: parts' checksums.
_CHECKSUM = "sha256"


class InputError(ValueError):
    """The data set cannot be used. The message says where it is wrong, and what was expected."""


def _integer(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _half_stars(text: str) -> bool:
    try:
        rating = Decimal(text)
    except InvalidOperation:
        return False
    return rating.is_finite() and 0 < rating <= 5 and rating * 2 == (rating * 2).to_integral_value()


def _filled(text: str) -> bool:
    return text.strip() != ""


def _any(text: str) -> bool:
    return True


@dataclass(frozen=True)
class _Column:
    check: Callable[[str], bool]
    expected: str


_ID = _Column(_integer, "a number")
_TIMESTAMP = _Column(_integer, "seconds since 1970")

#: Columns of each table, in the order of the file.
TABLES: Mapping[str, Mapping[str, _Column]] = {
    "movies": {
        "movieId": _ID,
        "title": _Column(_filled, "a title"),
        "genres": _Column(_any, ""),
    },
    "ratings": {
        "userId": _ID,
        "movieId": _ID,
        "rating": _Column(_half_stars, "0.5 to 5.0 in half stars"),
        "timestamp": _TIMESTAMP,
    },
    "tags": {
        "userId": _ID,
        "movieId": _ID,
        "tag": _Column(_any, ""),
        "timestamp": _TIMESTAMP,
    },
}


def download(source: str, s3_client, into: IO[bytes], max_bytes: int = MAX_ZIP_BYTES) -> None:
    """Stream the zip into a file.

    Args:
        source: Address of the zip, `https://…`, `http://…` or `s3://bucket/key`.
        s3_client: boto3 client that reads an `s3://` source.
        into: File that is written from where it stands.
        max_bytes: How many bytes are taken at most.

    Raises:
        InputError: for another scheme, an answer other than 200, or more bytes than `max_bytes`.
        requests.RequestException: for a server that fails or does not answer, which may pass.
    """
    written = 0
    for chunk in _chunks(source, s3_client):
        written += len(chunk)
        if written > max_bytes:
            raise InputError(f"{source} has more than the {max_bytes} bytes that are allowed.")
        into.write(chunk)
    into.flush()


def _chunks(source: str, s3_client) -> Iterator[bytes]:
    target = urlparse(source)
    if target.scheme == "s3" and target.netloc and target.path.strip("/"):
        body = s3_client.get_object(Bucket=target.netloc, Key=target.path.lstrip("/"))["Body"]
        yield from body.iter_chunks(_CHUNK_BYTES)
    elif target.scheme in ("http", "https"):
        with requests.get(source, stream=True, timeout=HTTP_TIMEOUT) as response:
            if response.status_code >= requests.codes.server_error:
                response.raise_for_status()
            if response.status_code != requests.codes.ok:
                raise InputError(f"{source} answered {response.status_code} {response.reason}.")
            yield from response.iter_content(_CHUNK_BYTES)
    else:
        raise InputError(
            f"movielens_source is {source}: give https://… or s3://bucket/key of a MovieLens zip."
        )


class Archive:
    """A MovieLens zip whose names, sizes, checksums, headers and lines are all right."""

    def __init__(
        self,
        file: IO[bytes],
        max_unpacked_bytes: int = MAX_UNPACKED_BYTES,
        check_rows: bool = True,
    ) -> None:
        """Check the zip.

        Args:
            file: The zip, open for reading.
            max_unpacked_bytes: How many bytes its files may have together.
            check_rows: Whether each line has to fit its table. Without it only the header has to,
                for a reader that sets aside what does not fit.

        Raises:
            InputError: for what is not a zip, is cut short, has unsafe or missing members, is too
                large, or has a line that does not fit its table.
        """
        try:
            self._zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise InputError(f"The source is not a whole zip file: {error}.") from error
        members = [member for member in self._zip.infolist() if not member.is_dir()]
        for member in members:
            _check_member(member)
        size = sum(member.file_size for member in members)
        if size > max_unpacked_bytes:
            raise InputError(f"The zip unpacks to {size} bytes; {max_unpacked_bytes} are allowed.")
        self._tables = {table: _find(members, f"{table}.csv") for table in TABLES}
        #: Lines of each table, the header not counted.
        self.rows = {
            table: (self._check_table if check_rows else self._check_header)(table, member)
            for table, member in self._tables.items()
        }

    def _check_table(self, table: str, member: zipfile.ZipInfo) -> int:
        columns = TABLES[table]
        rows = 0
        try:
            with self._zip.open(member) as raw:
                lines = csv.reader(io.TextIOWrapper(raw, "utf-8", newline=""), strict=True)
                header = next(lines, [])
                if header != list(columns):
                    raise InputError(
                        f"{member.filename} has the columns {','.join(header)}; "
                        f"{','.join(columns)} were expected."
                    )
                while (row := next(lines, None)) is not None:
                    rows += 1
                    _check_row(f"{member.filename} line {lines.line_num}", columns, row)
                    # https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
                    if lines.line_num != rows + 1:
                        raise InputError(
                            f"{member.filename} line {lines.line_num}: a line break in a value, "
                            "which Athena cannot read."
                        )
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise InputError(f"{member.filename} is damaged: {error}.") from error
        except UnicodeDecodeError as error:
            raise InputError(
                f"{member.filename} is not UTF-8 after row {rows}: {error}."
            ) from error
        except csv.Error as error:
            raise InputError(f"{member.filename} line {rows + 2}: {error}.") from error
        return rows

    def _check_header(self, table: str, member: zipfile.ZipInfo) -> int:
        expected = ",".join(TABLES[table])
        try:
            with self._zip.open(member) as raw:
                header = raw.readline(_CHUNK_BYTES).decode("utf-8", "replace").rstrip("\r\n")
                if header != expected:
                    raise InputError(
                        f"{member.filename} has the columns {header}; {expected} were expected."
                    )
                # To the end: the checksum is known there.
                return sum(
                    chunk.count(b"\n") for chunk in iter(lambda: raw.read(_CHUNK_BYTES), b"")
                )
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise InputError(f"{member.filename} is damaged: {error}.") from error

    def upload(
        self, s3_client, bucket: str, prefix: str, keep_unchanged: bool = False
    ) -> list[str]:
        """Put each table's file into S3, in a folder of its own as Athena wants it.

        Args:
            s3_client: boto3 client.
            bucket: Name of the bucket.
            prefix: Start of the keys, with a slash at its end.
            keep_unchanged: Whether an object stays that has the file's content already: in a bucket
                with versions each upload adds one.

        Returns:
            The keys that were written, of `<prefix><table>/<table>.csv`.
        """
        keys = []
        for table, member in self._tables.items():
            key = f"{prefix}{table}/{table}.csv"
            told = {"ContentType": "text/csv"}
            if keep_unchanged:
                checksum = self._checksum(member)
                if _checksum_in_s3(s3_client, bucket, key) == checksum:
                    continue
                told["Metadata"] = {_CHECKSUM: checksum}
            with self._zip.open(member) as content:
                s3_client.upload_fileobj(content, bucket, key, ExtraArgs=told)
            keys.append(key)
        return keys

    def _checksum(self, member: zipfile.ZipInfo) -> str:
        with self._zip.open(member) as content:
            return hashlib.file_digest(content, "sha256").hexdigest()


def _checksum_in_s3(s3_client, bucket: str, key: str) -> str | None:
    """What an upload of `Archive` has noted of its content; None where there is no such object."""
    try:
        return s3_client.head_object(Bucket=bucket, Key=key)["Metadata"].get(_CHECKSUM)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        return None


def _check_member(member: zipfile.ZipInfo) -> None:
    path = PurePosixPath(member.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
        raise InputError(f"The zip has a member with the unsafe name {member.filename!r}.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise InputError(f"The zip has the link {member.filename!r}; only files are taken.")
    if member.flag_bits & 0x1:
        raise InputError(f"{member.filename} is encrypted.")


def _find(members: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    found = [member for member in members if PurePosixPath(member.filename).name == name]
    if len(found) != 1:
        expected = ", ".join(f"{table}.csv" for table in TABLES)
        raise InputError(
            f"The zip has {len(found)} files {name}; one each of {expected} is needed."
        )
    return found[0]


def _check_row(where: str, columns: Mapping[str, _Column], row: list[str]) -> None:
    if len(row) != len(columns):
        raise InputError(f"{where} has {len(row)} values; {','.join(columns)} were expected.")
    for (name, column), value in zip(columns.items(), row, strict=True):
        if not column.check(value):
            raise InputError(f"{where}: {name} is {value!r}; expected {column.expected}.")


def load(
    source: str,
    s3_client,
    bucket: str,
    prefix: str,
    scratch: IO[bytes],
    check_rows: bool = True,
    keep_unchanged: bool = False,
) -> dict[str, int]:
    """Stream a zip in, check the whole of it, and only then put its tables into S3.

    Args:
        source: Address of the zip, see `download`.
        s3_client: boto3 client that reads an `s3://` source and writes the tables.
        bucket: Bucket of the tables.
        prefix: Start of their keys, with a slash at its end.
        scratch: File open for writing and reading, which takes the zip.
        check_rows: See `Archive`.
        keep_unchanged: See `Archive.upload`.

    Returns:
        How many rows each table has; without `check_rows`, how many lines below the header.

    Raises:
        InputError: for a source that cannot be used; nothing is written then.
    """
    download(source, s3_client, scratch)
    scratch.seek(0)
    archive = Archive(scratch, check_rows=check_rows)
    archive.upload(s3_client, bucket, prefix, keep_unchanged)
    return archive.rows
