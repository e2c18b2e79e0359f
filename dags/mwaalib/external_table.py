"""External tables of Athena over CSV files: as their DAG says, whatever was there before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.hooks.glue_catalog import GlueCatalogHook

from mwaalib import lake_formation
from mwaalib.athena import QueryOperator

_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"

#: Of OpenCSVSerde, which reads quoted values, and takes INT, BIGINT and DOUBLE as they are:
#: https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html. A title may have a backslash, so the
#: escape character is one that no title has.
_SERDE_PARAMETERS = {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\x01"}

#: Of these what is compared: how a control character is kept is the catalog's affair.
_TOLD = {name: _SERDE_PARAMETERS[name] for name in ("separatorChar", "quoteChar")}

#: One line of a header.
_PROPERTIES = {"skip.header.line.count": "1"}


class CsvTableOperator(QueryOperator):
    """Create the external table of a folder of CSV files, or have the one that is there become it.

    CREATE EXTERNAL TABLE IF NOT EXISTS succeeds whatever table has the name. One with another
    location, other columns or another SerDe, as after a change of the bucket, is changed by one
    UpdateTable, so that no query finds it half.

    Args:
        table: Name of the table, in `database`.
        columns: Name and type of each column, in the order of the file.
        location: Folder of the files, `s3://…/`. Rendered.
        **kwargs: As of `QueryOperator`, without `query`.

    Returns:
        Id of the query.

    Raises:
        botocore.exceptions.ClientError: ConcurrentModificationException when somebody else changed
            the table at the same moment. A retry looks again.
        LakeFormationError: when Lake Formation refuses query or catalog.
    """

    template_fields: Sequence[str] = (*QueryOperator.template_fields, "table", "location")

    def __init__(
        self, *, table: str, columns: Mapping[str, str], location: str, **kwargs: Any
    ) -> None:
        super().__init__(query="", **kwargs)
        self.table = table
        self.columns = columns
        self.location = location

    @lake_formation.told()
    def execute(self, context):
        self.query = self._create()
        created = super().execute(context)
        self._reconcile()
        return created

    def _create(self) -> str:
        columns = ", ".join(f"`{name}` {kind}" for name, kind in self.columns.items())
        return (
            f"CREATE EXTERNAL TABLE IF NOT EXISTS `{self.database}`.`{self.table}` ({columns}) "
            f"ROW FORMAT SERDE '{_SERDE}' WITH SERDEPROPERTIES ({_listed(_SERDE_PARAMETERS)}) "
            f"LOCATION '{self.location}' TBLPROPERTIES ({_listed(_PROPERTIES)})"
        )

    def _reconcile(self) -> None:
        glue = GlueCatalogHook(aws_conn_id=self.aws_conn_id, region_name=self.region_name).conn
        found = glue.get_table(DatabaseName=self.database, Name=self.table)["Table"]
        wrong = [what for what, (has, must) in self._parts(found).items() if has != must]
        if not wrong:
            return
        self.log.info("%s.%s has another %s: changed", self.database, self.table, ", ".join(wrong))
        glue.update_table(
            DatabaseName=self.database, TableInput=self._definition(), VersionId=found["VersionId"]
        )

    def _parts(self, found: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """What the table has, and must have, by what it is."""
        storage = found.get("StorageDescriptor", {})
        serde = storage.get("SerdeInfo", {})
        columns = [
            (column["Name"].lower(), column["Type"].lower())
            for column in storage.get("Columns", [])
        ]
        return {
            "location": (storage.get("Location", "").rstrip("/"), self.location.rstrip("/")),
            "columns": (columns, list(self.columns.items())),
            "partitions": (found.get("PartitionKeys", []), []),
            "SerDe": (
                (serde.get("SerializationLibrary"), _of(serde.get("Parameters"), _TOLD)),
                (_SERDE, _TOLD),
            ),
            "header": (_of(found.get("Parameters"), _PROPERTIES), _PROPERTIES),
        }

    def _definition(self) -> dict[str, Any]:
        return {
            "Name": self.table,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE", **_PROPERTIES},
            "PartitionKeys": [],
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": kind} for name, kind in self.columns.items()],
                "Location": self.location,
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {"SerializationLibrary": _SERDE, "Parameters": _SERDE_PARAMETERS},
            },
        }


def _of(found: Mapping[str, str] | None, wanted: Mapping[str, str]) -> dict[str, str | None]:
    return {name: (found or {}).get(name) for name in wanted}


def _listed(values: Mapping[str, str]) -> str:
    return ", ".join(f"'{name}' = '{_escaped(value)}'" for name, value in values.items())


def _escaped(value: str) -> str:
    return "".join(char if char.isprintable() else f"\\{ord(char):03o}" for char in value)
