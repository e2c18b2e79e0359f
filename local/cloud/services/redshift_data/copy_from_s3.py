"""COPY from S3: what a statement says.

https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from local.cloud.services.redshift_data.authorization import Authorization, Reader, TransferError
from local.cloud.services.redshift_data.lexing import Words, character

FORMATS = ("CSV", "PARQUET", "JSON")

_FLAGS = {
    *("ACCEPTANYDATE", "BLANKSASNULL", "BZIP2", "EMPTYASNULL", "ESCAPE", "FILLRECORD", "GZIP"),
    *("IGNOREBLANKLINES", "MANIFEST", "REMOVEQUOTES", "ROUNDEC", "TRIMBLANKS", "TRUNCATECOLUMNS"),
}
_TEXTS = ("DATEFORMAT", "TIMEFORMAT", "NULL", "DELIMITER", "QUOTE")
_NUMBERS = {"IGNOREHEADER": 2**31 - 1, "MAXERROR": 100_000}
#: They change how Redshift keeps a table, and no row of it.
_PHYSICAL = ("COMPUPDATE", "STATUPDATE", "COMPROWS")
_NOT_RUN = {
    *("AVRO", "ORC", "FIXEDWIDTH", "SHAPEFILE", "LZOP", "ZSTD", "ENCRYPTED", "SSH", "NOLOAD"),
    *("EXPLICIT_IDS", "READRATIO", "FILLTARGET", "MASTER_SYMMETRIC_KEY", "SERIALIZETOJSON"),
    *("PARALLEL", "SIMPLIFY"),
}

#: What a format cannot be given together with.
#: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html
_NOT_WITH = {
    "CSV": ("ESCAPE", "REMOVEQUOTES"),
    "JSON": ("DELIMITER", "ESCAPE", "FILLRECORD", "IGNOREBLANKLINES", "NULL", "REMOVEQUOTES"),
    "TEXT": ("QUOTE",),
}
#: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
_WITH_PARQUET = ("PARQUET", "MANIFEST", "STATUPDATE", "ACCEPTINVCHARS", "FILLRECORD")


@dataclass
class Copy:
    """A COPY statement, read."""

    table: exp.Table
    #: Empty for all of the table.
    columns: list[str]
    source: str
    authorization: Authorization
    #: `TEXT` for delimited text.
    format: str = "TEXT"
    #: `auto`, `auto ignorecase`, or the address of a file of JSONPath expressions.
    json: str = "auto"
    #: Flags that are set.
    flags: set[str] = field(default_factory=set)
    #: Of the options that have a text, by their names.
    texts: dict[str, str] = field(default_factory=dict)
    #: Lines that each file begins with, and that are no rows.
    header: int = 0
    #: Errors at which the load fails.
    max_error: int = 0
    #: Takes the place of each byte that is no UTF-8; None where such a text is an error.
    replacement: str | None = None


def is_copy(words: Words) -> bool:
    """Whether a statement is COPY."""
    return words.upper() == "COPY"


def read(words: Words) -> Copy:
    """Read a COPY.

    Raises:
        ValueError, TransferError: naming an option that is not understood.
    """
    words.expect("COPY")
    name = ""
    while words and not words.skip("FROM"):
        if words.skip("("):
            raise ValueError(words.wrong())
        quoted = words.kind() == "name"
        part = words.take("name", "word")
        name += exp.to_identifier(part, quoted=True).sql("redshift") if quoted else part
        if words.kind() == "mark":
            break
    columns = words.names() if words.kind() == "mark" else []
    if columns:
        words.expect("FROM")
    table = exp.to_table(name, dialect="redshift")
    found = Copy(table, columns, words.text(), Authorization("COPY"))
    authorization, given = Reader("COPY"), []
    while words:
        if not authorization.took(words):
            given.append(_option(words, found))
    found.authorization = authorization.done()
    _require_fitting(found, given)
    return found


def _require_fitting(found: Copy, given: list[str]) -> None:
    for option in given:
        if option in _NOT_WITH.get(found.format, ()):
            raise TransferError(f"{option} is not supported with {found.format} in COPY")
        if found.format == "PARQUET" and option not in _WITH_PARQUET:
            raise TransferError(f"{option} argument is not supported for PARQUET based COPY")
    if {"GZIP", "BZIP2"} <= found.flags:
        raise TransferError("GZIP is not supported with BZIP2 in COPY")


def _option(words: Words, found: Copy) -> str:
    """Read one option; its name."""
    words.skip("FORMAT")
    words.skip("AS")
    option = words.upper()
    if option in _NOT_RUN:
        raise TransferError(f"the COPY option {option} is not supported by the local cloud")
    if option in _FLAGS:
        words.expect(option)
        found.flags.add(option)
    elif option in FORMATS:
        words.expect(option)
        found.format = option
        if option == "JSON":
            words.skip("AS")
            found.json = words.text() if words.text_follows() else "auto"
    elif option in _PHYSICAL:
        words.expect(option)
        words.skip("PRESET")
        if words.switch(("ON", "TRUE"), ("OFF", "FALSE")) is None and option == "COMPROWS":
            words.take("word")
    elif option == "ENCODING":
        words.expect(option)
        words.skip("AS")
        if (encoding := words.take("word", "text").upper()) != "UTF8":
            raise TransferError(f"the local cloud does not run ENCODING {encoding}, only UTF8")
    elif option in _TEXTS or option in _NUMBERS or option == "ACCEPTINVCHARS":
        words.expect(option)
        words.skip("AS")
        _value(option, words, found)
    else:
        raise TransferError(
            f"the COPY option {option} is not supported by the local cloud"
            if option
            else words.wrong()
        )
    return option


def _value(option: str, words: Words, found: Copy) -> None:
    if option == "ACCEPTINVCHARS":
        found.replacement = words.text() if words.text_follows() else "?"
        if len(found.replacement) != 1 or not found.replacement.isascii():
            raise TransferError("ACCEPTINVCHARS takes one ASCII character")
    elif option in _NUMBERS:
        text = words.take("word", "text")
        if not text.isdigit() or int(text) > _NUMBERS[option]:
            raise TransferError(f"{option} is a number up to {_NUMBERS[option]}, not {text}")
        if option == "MAXERROR":
            found.max_error = int(text)
        else:
            found.header = int(text)
    elif option in ("DELIMITER", "QUOTE"):
        found.texts[option] = character(option, words.text())
    else:
        found.texts[option] = words.text().replace("\\\\", "\\")
