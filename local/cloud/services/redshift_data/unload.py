"""UNLOAD to S3, as Redshift does it: with a role's rights, in files of its slices.

https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

from __future__ import annotations

from dataclasses import dataclass, field

from local.cloud.services.redshift_data.authorization import Authorization, Reader, TransferError
from local.cloud.services.redshift_data.lexing import Words, character

FORMATS = ("CSV", "PARQUET", "JSON")
_FLAGS = ("HEADER", "GZIP", "BZIP2", "ADDQUOTES", "ESCAPE", "ALLOWOVERWRITE", "CLEANPATH")
_NOT_RUN = ("FIXEDWIDTH", "ENCRYPTED", "ZSTD", "ROWGROUPSIZE", "KMS_KEY_ID", "MASTER_SYMMETRIC_KEY")

#: What a format cannot be given together with, by the page above.
_NOT_WITH = {
    "CSV": ("ESCAPE", "ADDQUOTES"),
    "PARQUET": ("DELIMITER", "ADDQUOTES", "ESCAPE", "NULL", "HEADER", "GZIP", "BZIP2"),
    "JSON": ("DELIMITER", "HEADER", "ADDQUOTES", "ESCAPE", "NULL"),
    "CLEANPATH": ("ALLOWOVERWRITE",),
    "GZIP": ("BZIP2",),
}

_MB = 1024 * 1024
#: Of MAXFILESIZE, in MB; the largest is 6.2 GB.
_SMALLEST, _LARGEST = 5, 6.2 * 1024


@dataclass
class Unload:
    """An UNLOAD statement, read."""

    query: str
    #: Where the names of its files begin, as `s3://bucket/prefix`.
    to: str
    authorization: Authorization
    #: `TEXT` for delimited text.
    format: str = "TEXT"
    #: Flags that are set.
    flags: set[str] = field(default_factory=set)
    delimiter: str = "|"
    null: str = ""
    partition_by: list[str] = field(default_factory=list)
    #: Whether the files have the columns of PARTITION BY as well.
    include: bool = False
    #: Whether each slice writes files of its own.
    parallel: bool = True
    manifest: bool = False
    verbose: bool = False
    #: Bytes of a file at most, before it is compressed.
    largest: int = int(_LARGEST * _MB)
    extension: str | None = None


def is_unload(words: Words) -> bool:
    """Whether a statement is UNLOAD."""
    return words.upper() == "UNLOAD"


def read(words: Words) -> Unload:
    """Read an UNLOAD.

    Raises:
        ValueError, TransferError: naming what is wrong, or not run.
    """
    words.expect("UNLOAD")
    words.expect("(")
    query = words.text().replace("\\\\", "\\")
    words.expect(")")
    words.expect("TO")
    found = Unload(query, words.text(), Authorization("UNLOAD"))
    authorization, given = Reader("UNLOAD"), []
    while words:
        if not authorization.took(words):
            given.append(_option(words, found))
    found.authorization = authorization.done()
    if found.format == "CSV" and "DELIMITER" not in given:
        found.delimiter = ","
    for one in (found.format, *given):
        for other in _NOT_WITH.get(one, ()):
            if other in given:
                raise TransferError(f"{one} is not supported with {other} in UNLOAD")
    return found


def _option(words: Words, found: Unload) -> str:
    """Read one option; its name."""
    words.skip("FORMAT")
    words.skip("AS")
    option = words.upper()
    if option in _FLAGS:
        words.expect(option)
        found.flags.add(option)
    elif option in FORMATS:
        words.expect(option)
        found.format = option
    elif option in ("DELIMITER", "NULL", "EXTENSION", "MAXFILESIZE"):
        words.expect(option)
        words.skip("AS")
        _value(option, words, found)
    elif option == "PARTITION":
        words.expect(option)
        words.expect("BY")
        found.partition_by = words.names()
        found.include = words.skip("INCLUDE")
    elif option == "MANIFEST":
        words.expect(option)
        found.manifest, found.verbose = True, words.skip("VERBOSE")
    elif option == "PARALLEL":
        words.expect(option)
        found.parallel = words.switch(("ON", "TRUE"), ("OFF", "FALSE")) is not False
    elif option in _NOT_RUN:
        raise TransferError(f"the UNLOAD option {option} is not supported by the local cloud")
    else:
        raise ValueError(words.wrong())
    return option


def _value(option: str, words: Words, found: Unload) -> None:
    if option == "DELIMITER":
        found.delimiter = character(option, words.text())
    elif option == "NULL":
        words.skip("AS")
        found.null = words.text().replace("\\\\", "\\")
    elif option == "EXTENSION":
        found.extension = words.text()
    else:
        text = words.take("word")
        size = float(text) * (1024 if words.skip("GB") else 1)
        words.skip("MB")
        if not _SMALLEST <= size <= _LARGEST:
            raise TransferError(f"MAXFILESIZE is from 5 MB to 6.2 GB, not {text}")
        found.largest = int(size * _MB)
