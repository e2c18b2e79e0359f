"""The results of queries, as files in S3."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import urlparse

from ministack.services import s3

from local.cloud.services.athena.sql import QueryError


def write(execution: dict[str, Any], results: dict[str, Any]) -> None:
    """Write the result as Athena does.

    Of a query it is CSV, with every value in quotes and a null as nothing at all; of another
    statement text, a line a row; of one that writes data, a list of its files.

    https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
    """
    location = execution["ResultConfiguration"]["OutputLocation"]
    bucket = urlparse(location).netloc
    for address, text in _files(execution, location, results).items():
        data = text.encode()
        headers = {"content-type": "text/csv", "content-length": str(len(data))}
        answer = s3._put_object(bucket, urlparse(address).path.lstrip("/"), data, headers)
        if isinstance(answer, tuple) and answer[0] >= 300:
            raise QueryError(f"the result could not be written to {address}: {answer[2].decode()}")


def _files(execution: dict[str, Any], location: str, results: dict[str, Any]) -> dict[str, str]:
    """The text of each file, by its address."""
    if (written := results.get("written")) is not None:
        place = f"{location.rpartition('.')[0]}-manifest.csv"
        execution["Statistics"]["DataManifestLocation"] = place
        return {place: "".join(f"{address}\n" for address in written)}
    lines = io.StringIO()
    if not location.endswith(".csv"):
        lines.writelines("\t".join(row) + "\n" for row in results["rows"])
    elif results["columns"]:
        writer = csv.writer(lines, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(results["columns"])
        for row in results["rows"]:
            lines.write(",".join(_quoted(value) for value in row) + "\n")
    types = {"columns": results["columns"], "types": results.get("column_types", [])}
    return {location: lines.getvalue(), f"{location}.metadata": json.dumps(types)}


def _quoted(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'
