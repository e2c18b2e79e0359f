"""The AWS SDK for pandas: its documented calls, one after another on one lake.

https://aws-sdk-pandas.readthedocs.io/en/stable/api.html
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import awswrangler as wr
import pandas as pd
import pytest
from conftest import Account

Call = Callable[[Account], Any]

DAY = datetime.date(2026, 1, 1)
FRAME = pd.DataFrame(
    {"id": [1, 2, 3], "name": ["a", "b", None], "day": [DAY] * 3, "v": [1.5, 2.5, None]}
)
IDS = [1, 2, 3]


def ids(frame: Any) -> list[int]:
    return sorted(int(value) for value in frame["id"])


def query(account: Account, sql: str, **more: Any) -> Any:
    given = {"database": account.database, "workgroup": account.workgroup, **more}
    return wr.athena.read_sql_query(sql, **{"ctas_approach": False, **given})


def dataset(account: Account, name: str, **more: Any) -> Any:
    given = {"dataset": True, "database": account.database, "table": name, **more}
    return wr.s3.to_parquet(FRAME, account.path(name), **given)


def started(account: Account, sql: str) -> str:
    execution = wr.athena.start_query_execution(
        sql, database=account.database, workgroup=account.workgroup, wait=True
    )
    return execution["QueryExecutionId"]


#: Calls in their order, each with what it gives.
S3: list[tuple[str, Call, Any]] = [
    (
        "to_parquet",
        lambda a: wr.s3.to_parquet(FRAME, f"{a.path('p')}f.parquet")["paths"],
        lambda a: [f"{a.path('p')}f.parquet"],
    ),
    ("read_parquet", lambda a: ids(wr.s3.read_parquet(a.path("p"))), IDS),
    (
        "read_parquet in chunks",
        lambda a: len(list(wr.s3.read_parquet(a.path("p"), chunked=2))),
        2,
    ),
    (
        "read_parquet_metadata",
        lambda a: wr.s3.read_parquet_metadata(a.path("p"))[0]["day"],
        "date",
    ),
    ("to_csv", lambda a: len(wr.s3.to_csv(FRAME, f"{a.path('c')}f.csv", index=False)["paths"]), 1),
    ("read_csv", lambda a: ids(wr.s3.read_csv(a.path("c"))), IDS),
    (
        "to_json",
        lambda a: len(
            wr.s3.to_json(FRAME, f"{a.path('j')}f.json", orient="records", lines=True)["paths"]
        ),
        1,
    ),
    ("read_json", lambda a: ids(wr.s3.read_json(a.path("j"), lines=True)), IDS),
    (
        "list_objects",
        lambda a: wr.s3.list_objects(a.path("p")),
        lambda a: [f"{a.path('p')}f.parquet"],
    ),
    (
        "list_directories",
        lambda a: wr.s3.list_directories(f"s3://{a.bucket}/"),
        lambda a: [a.path("c"), a.path("j"), a.path("p")],
    ),
    ("list_buckets", lambda a: a.bucket in wr.s3.list_buckets(), True),
    ("does_object_exist", lambda a: wr.s3.does_object_exist(f"{a.path('p')}f.parquet"), True),
    ("does_object_exist not", lambda a: wr.s3.does_object_exist(f"{a.path('p')}none"), False),
    ("size_objects", lambda a: min(wr.s3.size_objects(a.path("p")).values()) > 100, True),
    (
        "describe_objects",
        lambda a: [
            one["ContentLength"] > 0 for one in wr.s3.describe_objects(a.path("p")).values()
        ],
        [True],
    ),
    ("get_bucket_region", lambda a: wr.s3.get_bucket_region(a.bucket), "us-east-1"),
    (
        "copy_objects",
        lambda a: wr.s3.copy_objects(
            [f"{a.path('p')}f.parquet"], f"s3://{a.bucket}/p", f"s3://{a.bucket}/copied"
        ),
        lambda a: [f"{a.path('copied')}f.parquet"],
    ),
    (
        "merge_datasets",
        lambda a: len(wr.s3.merge_datasets(a.path("copied"), a.path("merged"))),
        1,
    ),
    ("delete_objects", lambda a: wr.s3.delete_objects(a.path("copied")), None),
    ("list_objects of none", lambda a: wr.s3.list_objects(a.path("copied")), []),
    ("upload", lambda a: wr.s3.upload(__file__, f"{a.path('u')}file"), None),
    (
        "wait_objects_exist",
        lambda a: wr.s3.wait_objects_exist([f"{a.path('u')}file"], delay=1, max_attempts=2),
        None,
    ),
    (
        "wait_objects_not_exist",
        lambda a: wr.s3.wait_objects_not_exist([f"{a.path('u')}none"], delay=1, max_attempts=2),
        None,
    ),
]

CATALOG: list[tuple[str, Call, Any]] = [
    ("to_parquet of a table", lambda a: len(dataset(a, "t1")["paths"]), 1),
    ("append", lambda a: len(dataset(a, "t1", mode="append")["paths"]), 1),
    ("count", lambda a: int(query(a, "SELECT count(*) AS c FROM t1")["c"][0]), 6),
    ("overwrite", lambda a: len(dataset(a, "t1", mode="overwrite")["paths"]), 1),
    (
        "partitions",
        lambda a: sorted(dataset(a, "t2", partition_cols=["name"])["partitions_values"].values()),
        [["a"], ["b"]],
    ),
    (
        "overwrite_partitions",
        lambda a: len(
            dataset(a, "t2", partition_cols=["name"], mode="overwrite_partitions")["paths"]
        ),
        2,
    ),
    ("count by partition", lambda a: int(query(a, "SELECT count(*) AS c FROM t2")["c"][0]), 2),
    ("read_parquet_table", lambda a: ids(wr.s3.read_parquet_table("t1", a.database)), IDS),
    (
        "to_csv of a table",
        lambda a: len(
            wr.s3.to_csv(
                FRAME,
                a.path("t3"),
                index=False,
                dataset=True,
                database=a.database,
                table="t3",
            )["paths"]
        ),
        1,
    ),
    ("read CSV by Athena", lambda a: ids(query(a, "SELECT id FROM t3")), IDS),
    (
        "to_json of a table",
        lambda a: len(
            wr.s3.to_json(
                FRAME,
                a.path("t4"),
                index=None,
                orient="records",
                lines=True,
                dataset=True,
                database=a.database,
                table="t4",
            )["paths"]
        ),
        1,
    ),
    ("read JSON by Athena", lambda a: ids(query(a, "SELECT id FROM t4")), IDS),
    (
        "store_parquet_metadata",
        lambda a: wr.s3.store_parquet_metadata(
            a.path("p"), database=a.database, table="t5", dataset=True
        )[0]["id"],
        "bigint",
    ),
    ("databases", lambda a: a.database in list(wr.catalog.databases()["Database"]), True),
    ("get_databases", lambda a: len(list(wr.catalog.get_databases())) > 0, True),
    (
        "tables",
        lambda a: sorted(wr.catalog.tables(database=a.database)["Table"]),
        ["t1", "t2", "t3", "t4", "t5"],
    ),
    (
        "get_tables by prefix",
        lambda a: len(list(wr.catalog.get_tables(database=a.database, name_prefix="t"))),
        5,
    ),
    (
        "table",
        lambda a: list(wr.catalog.table(database=a.database, table="t1")["Type"]),
        ["bigint", "string", "date", "double"],
    ),
    (
        "get_table_types",
        lambda a: wr.catalog.get_table_types(a.database, "t2"),
        {"id": "bigint", "day": "date", "v": "double", "name": "string"},
    ),
    (
        "get_table_location",
        lambda a: wr.catalog.get_table_location(a.database, "t1"),
        lambda a: a.path("t1"),
    ),
    (
        "get_table_parameters",
        lambda a: wr.catalog.get_table_parameters(a.database, "t1")["classification"],
        "parquet",
    ),
    ("get_table_description", lambda a: wr.catalog.get_table_description(a.database, "t1"), ""),
    (
        "get_parquet_partitions",
        lambda a: sorted(wr.catalog.get_parquet_partitions(a.database, "t2").values()),
        [["a"], ["b"]],
    ),
    ("get_partitions", lambda a: len(wr.catalog.get_partitions(a.database, "t2")), 2),
    (
        "get_columns_comments",
        lambda a: set(wr.catalog.get_columns_comments(a.database, "t1")),
        {"id", "name", "day", "v"},
    ),
    ("does_table_exist", lambda a: wr.catalog.does_table_exist(a.database, "t1"), True),
    ("does_table_exist not", lambda a: wr.catalog.does_table_exist(a.database, "none"), False),
    ("create_database", lambda a: wr.catalog.create_database(f"{a.database}_w"), None),
    ("delete_database", lambda a: wr.catalog.delete_database(f"{a.database}_w"), None),
    (
        "create_parquet_table",
        lambda a: wr.catalog.create_parquet_table(
            a.database, "made", a.path("made"), {"a": "int"}, partitions_types={"b": "string"}
        ),
        None,
    ),
    (
        "add_parquet_partitions",
        lambda a: wr.catalog.add_parquet_partitions(
            a.database, "made", {f"{a.path('made')}b=1/": ["1"]}
        ),
        None,
    ),
    (
        "delete_partitions",
        lambda a: wr.catalog.delete_partitions("made", a.database, [["1"]]),
        None,
    ),
    ("no partition left", lambda a: wr.catalog.get_partitions(a.database, "made"), {}),
    (
        "create_csv_table",
        lambda a: wr.catalog.create_csv_table(a.database, "csv", a.path("csv"), {"a": "int"}),
        None,
    ),
    (
        "create_json_table",
        lambda a: wr.catalog.create_json_table(a.database, "json", a.path("json"), {"a": "int"}),
        None,
    ),
    (
        "add_column",
        lambda a: wr.catalog.add_column(a.database, "csv", "extra", column_comment="more"),
        None,
    ),
    (
        "what was added",
        lambda a: wr.catalog.get_table_types(a.database, "csv"),
        {"a": "int", "extra": "string"},
    ),
    ("delete_column", lambda a: wr.catalog.delete_column(a.database, "csv", "extra"), None),
    (
        "upsert_table_parameters",
        lambda a: wr.catalog.upsert_table_parameters({"k": "v"}, a.database, "csv")["k"],
        "v",
    ),
    (
        "overwrite_table_parameters",
        lambda a: wr.catalog.overwrite_table_parameters({"k": "w"}, a.database, "csv"),
        {"k": "w"},
    ),
    (
        "delete_table_if_exists",
        lambda a: wr.catalog.delete_table_if_exists(a.database, "csv"),
        True,
    ),
    (
        "delete_table_if_exists not",
        lambda a: wr.catalog.delete_table_if_exists(a.database, "csv"),
        False,
    ),
    (
        "delete_all_partitions",
        lambda a: len(wr.catalog.delete_all_partitions("t2", a.database)),
        2,
    ),
    ("read without partitions", lambda a: int(query(a, "SELECT count(*) c FROM t2")["c"][0]), 0),
    (
        "repair_table",
        lambda a: wr.athena.repair_table("t2", database=a.database, workgroup=a.workgroup),
        "SUCCEEDED",
    ),
    ("read repaired", lambda a: int(query(a, "SELECT count(*) c FROM t2")["c"][0]), 2),
]

ORC: list[tuple[str, Call, Any]] = [
    (
        "to_orc",
        lambda a: len(
            wr.s3.to_orc(
                FRAME, a.path("orc"), dataset=True, database=a.database, table="orc_plain"
            )["paths"]
        ),
        1,
    ),
    (
        "to_orc by partition",
        lambda a: len(
            wr.s3.to_orc(
                FRAME[["name", "id"]].dropna(),
                a.path("orc_parts"),
                dataset=True,
                database=a.database,
                table="orc_parts",
                partition_cols=["name"],
            )["paths"]
        ),
        2,
    ),
    (
        "read what to_orc wrote",
        lambda a: query(a, "SELECT * FROM orc_plain ORDER BY id").values.tolist()[:2],
        [[1, "a", DAY, 1.5], [2, "b", DAY, 2.5]],
    ),
    (
        "read nulls of it",
        lambda a: ids(query(a, "SELECT id FROM orc_plain WHERE name IS NULL AND v IS NULL")),
        [3],
    ),
    (
        "read its partitions",
        lambda a: query(a, "SELECT name, id FROM orc_parts ORDER BY id").values.tolist(),
        [["a", 1], ["b", 2]],
    ),
    (
        "read its columns by their place",
        lambda a: (
            started(
                a,
                "CREATE EXTERNAL TABLE orc_renamed (number bigint, word string) "
                f"STORED AS ORC LOCATION '{a.path('orc')}'",
            )
            and query(a, "SELECT * FROM orc_renamed ORDER BY number").values.tolist()[:2]
        ),
        [[1, "a"], [2, "b"]],
    ),
    (
        "read them by name",
        lambda a: (
            started(
                a,
                "CREATE EXTERNAL TABLE orc_named (v double, other string, id bigint) "
                "ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.orc.OrcSerde' "
                "WITH SERDEPROPERTIES ('orc.column.index.access' = 'false') "
                f"STORED AS ORC LOCATION '{a.path('orc')}'",
            )
            and query(
                a, "SELECT v, other IS NULL AS n, id FROM orc_named WHERE id = 2"
            ).values.tolist()
        ),
        [[2.5, True, 2]],
    ),
]

ATHENA: list[tuple[str, Call, Any]] = [
    (
        "read_sql_query",
        lambda a: dict(query(a, "SELECT * FROM t1").dtypes.astype(str)),
        {"id": "Int64", "name": "string", "day": "object", "v": "float64"},
    ),
    (
        "read_sql_query by CREATE TABLE AS",
        lambda a: ids(query(a, "SELECT * FROM t1", ctas_approach=True, s3_output=a.path("out"))),
        IDS,
    ),
    (
        "read_sql_query by UNLOAD",
        lambda a: ids(
            query(a, "SELECT * FROM t1", unload_approach=True, s3_output=a.path("out/unload"))
        ),
        IDS,
    ),
    (
        "read_sql_query with named parameters",
        lambda a: ids(query(a, "SELECT * FROM t1 WHERE name = :n", params={"n": "b"})),
        [2],
    ),
    (
        "read_sql_query with parameters",
        lambda a: ids(
            query(a, "SELECT * FROM t1 WHERE name = ?", params=["'b'"], paramstyle="qmark")
        ),
        [2],
    ),
    (
        "read_sql_query in chunks",
        lambda a: [len(part) for part in query(a, "SELECT * FROM t1", chunksize=2)],
        [2, 1],
    ),
    (
        "read_sql_table",
        lambda a: ids(
            wr.athena.read_sql_table("t1", a.database, ctas_approach=False, workgroup=a.workgroup)
        ),
        IDS,
    ),
    (
        "get_query_results",
        lambda a: int(wr.athena.get_query_results(started(a, "SELECT 7 AS n"))["n"][0]),
        7,
    ),
    (
        "get_query_columns_types",
        lambda a: wr.athena.get_query_columns_types(started(a, "SELECT 'x' AS s, 1.5 AS d")),
        {"s": "varchar", "d": "decimal(38,0)"},
    ),
    (
        "get_query_execution",
        lambda a: wr.athena.get_query_execution(started(a, "SELECT 1"))["StatementType"],
        "DML",
    ),
    (
        "wait_query of a failure",
        lambda a: failure(lambda: started(a, "SELECT nope FROM t1")),
        "COLUMN_NOT_FOUND",
    ),
    (
        "create_ctas_table",
        lambda a: wr.athena.create_ctas_table(
            "SELECT id, name FROM t1 WHERE name IS NOT NULL",
            database=a.database,
            ctas_table="made_by_query",
            s3_output=a.path("made"),
            partitioning_info=["name"],
            storage_format="parquet",
            workgroup=a.workgroup,
            wait=True,
        )["ctas_table"],
        "made_by_query",
    ),
    (
        "partitions of it",
        lambda a: sorted(wr.catalog.get_parquet_partitions(a.database, "made_by_query").values()),
        [["a"], ["b"]],
    ),
    (
        "unload",
        lambda a: wr.athena.unload(
            "SELECT * FROM t1",
            path=a.path("unloaded"),
            database=a.database,
            workgroup=a.workgroup,
        ).raw_payload["Status"]["State"],
        "SUCCEEDED",
    ),
    (
        # The list of its files lies there as well.
        "read unloaded",
        lambda a: ids(wr.s3.read_parquet(a.path("unloaded"), path_ignore_suffix=".csv")),
        IDS,
    ),
    (
        "describe_table",
        lambda a: list(
            wr.athena.describe_table("t1", database=a.database, workgroup=a.workgroup)["Type"]
        ),
        ["bigint", "string", "date", "double"],
    ),
    (
        "show_create_table",
        lambda a: wr.athena.show_create_table(
            "t1", database=a.database, workgroup=a.workgroup
        ).split("(")[0],
        lambda a: f"CREATE EXTERNAL TABLE `{a.database}.t1`",
    ),
    (
        "generate_create_query",
        lambda a: wr.athena.generate_create_query("t1", database=a.database).split("(")[0],
        "CREATE EXTERNAL TABLE `t1`",
    ),
    (
        "get_work_group",
        lambda a: wr.athena.get_work_group(a.workgroup)["WorkGroup"]["State"],
        "ENABLED",
    ),
    (
        "list_query_executions",
        lambda a: len(wr.athena.list_query_executions(a.workgroup)) > 10,
        True,
    ),
    (
        "get_query_executions",
        lambda a: len(
            wr.athena.get_query_executions(wr.athena.list_query_executions(a.workgroup)[:3])
        ),
        3,
    ),
    (
        "create_prepared_statement",
        lambda a: wr.athena.create_prepared_statement(
            "SELECT * FROM t1 WHERE id = ?", "by_id", workgroup=a.workgroup
        ),
        None,
    ),
    (
        "list_prepared_statements",
        lambda a: [one["StatementName"] for one in wr.athena.list_prepared_statements(a.workgroup)],
        ["by_id"],
    ),
    (
        "EXECUTE",
        lambda a: ids(query(a, "EXECUTE by_id", params=["2"], paramstyle="qmark")),
        [2],
    ),
    (
        "delete_prepared_statement",
        lambda a: wr.athena.delete_prepared_statement("by_id", workgroup=a.workgroup),
        None,
    ),
    ("get_account_id", lambda a: wr.sts.get_account_id(), "123456789012"),
    (
        "get_current_identity_arn",
        lambda a: wr.sts.get_current_identity_arn().split("/")[1],
        lambda a: a.role.split("/")[-1],
    ),
]

#: What is not run, with what says so.
REFUSED: list[tuple[str, Call, str]] = [
    (
        "to_iceberg",
        lambda a: wr.athena.to_iceberg(
            FRAME,
            a.database,
            "ice",
            temp_path=a.path("tmp"),
            table_location=a.path("ice"),
            workgroup=a.workgroup,
        ),
        "NOT_SUPPORTED: Iceberg tables are not supported",
    ),
    ("search_tables", lambda a: list(wr.catalog.search_tables("t1")), "SearchTables"),
    (
        "get_table_versions",
        lambda a: list(wr.catalog.get_table_versions(a.database, "t1")),
        "GetTableVersions",
    ),
    (
        "select_query",
        lambda a: wr.s3.select_query(
            sql="SELECT * FROM s3object",
            path=f"{a.path('c')}f.csv",
            input_serialization="CSV",
            input_serialization_params={"FileHeaderInfo": "Use"},
        ),
        "SelectObjectContent",
    ),
    (
        "to_csv compressed by ORC",
        lambda a: query(a, "CREATE TABLE o WITH (format = 'ORC') AS SELECT 1 AS a"),
        "does not write ORC",
    ),
]


def failure(call: Callable[[], Any]) -> str:
    """How a failure begins."""
    with pytest.raises(wr.exceptions.QueryFailed) as caught:
        call()
    return str(caught.value).split(":")[0]


@pytest.mark.parametrize(
    ("call", "wanted"),
    [pytest.param(*one[1:], id=one[0]) for one in (*S3, *CATALOG, *ORC, *ATHENA)],
)
def test_a_call_gives_what_it_gives_on_aws(account: Account, call: Call, wanted: Any) -> None:
    assert call(account) == (wanted(account) if callable(wanted) else wanted)


@pytest.mark.filterwarnings("ignore::Warning")
@pytest.mark.parametrize(("call", "named"), [pytest.param(*one[1:], id=one[0]) for one in REFUSED])
def test_a_call_that_is_not_run_says_so(account: Account, call: Call, named: str) -> None:
    with pytest.raises(Exception, match=named):
        call(account)
