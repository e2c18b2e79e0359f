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
    statement text, a line a row.

    https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
    """
    location = execution["ResultConfiguration"]["OutputLocation"]
    target = urlparse(location)
    lines = io.StringIO()
    if not location.endswith(".csv"):
        lines.writelines("\t".join(row) + "\n" for row in results["rows"])
    elif results["columns"]:
        writer = csv.writer(lines, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(results["columns"])
        for row in results["rows"]:
            lines.write(",".join(_quoted(value) for value in row) + "\n")
    content = {
        target.path.lstrip("/"): lines.getvalue().encode(),
        f"{target.path.lstrip('/')}.metadata": json.dumps(
            {"columns": results["columns"], "types": results.get("column_types", [])}
        ).encode(),
    }
    for key, data in content.items():
        answer = s3._put_object(
            target.netloc, key, data, {"content-type": "text/csv", "content-length": str(len(data))}
        )
        if isinstance(answer, tuple) and answer[0] >= 300:
            raise QueryError(f"the result could not be written to {location}: {answer[2].decode()}")


def _quoted(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'
