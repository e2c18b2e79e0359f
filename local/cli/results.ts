import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import {
  DescribeStatementCommand,
  ExecuteStatementCommand,
  Field,
  GetStatementResultCommand,
  RedshiftDataClient,
} from "@aws-sdk/client-redshift-data";
import { OutputMap } from "@pulumi/pulumi/automation";

import { Endpoint } from "../engine/endpoint";
import { Home } from "../home";
import { UserError } from "../setup/steps";
import { bestSellers } from "./bestSellers";
import { clientConfig } from "./cloud";
import { sleep } from "./processes";

/** How many rows of a result are shown. */
export const SAMPLE_ROWS = 5;

/** How often a statement is looked at. */
const POLL_MS = 100;

/** What a pipeline left, as the report shows it. */
export interface Result {
  /** Where it lies. */
  readonly location: string;
  readonly rows: number;
  readonly sample: readonly Readonly<Record<string, unknown>>[];
}

/** What a run left: tables, and files for a person, which are on this machine then. */
export interface Left {
  readonly results: Readonly<Record<string, Result>>;
  /** Paths by what they are. */
  readonly files: Readonly<Record<string, string>>;
}

/** A DAG that has something to show. */
export interface Pipeline {
  /** DAG that makes its input, for a demo to run before it. */
  readonly inputFrom?: string;
  /** Reads what its run left from where the DAG put it, by the service's own API. */
  readonly left: (
    outputs: OutputMap,
    endpoint: Endpoint,
    home: Home,
    xcom: (taskId: string, key: string) => Promise<unknown>,
  ) => Promise<Left>;
}

/** The DAGs that a demo runs, by id. */
export const PIPELINES: Readonly<Record<string, Pipeline>> = {
  "movie-list-dag": {
    left: async (outputs, endpoint) => ({
      results: { movie_demo: await redshiftTable(outputs, endpoint, "movie_demo") },
      files: {},
    }),
  },
  mwaa_movielens_demo: {
    left: async (outputs, endpoint) => ({
      results: {
        most_popular_movies: await athenaTable(outputs, endpoint, "most_popular_movies"),
        top_rated_movies: await athenaTable(outputs, endpoint, "top_rated_movies"),
      },
      files: {},
    }),
  },
  test_dag: { inputFrom: "generate_sample_reviews", left: bestSellers },
};

/** A table that the crawlers found, asked for as the post does. */
async function athenaTable(outputs: OutputMap, endpoint: Endpoint, table: string): Promise<Result> {
  const { databaseName } = outputs.movielens.value as { databaseName: string };
  const workgroup = outputs.athenaWorkgroupName.value as string;
  const client = new AthenaClient(clientConfig(endpoint));
  const name = `"${databaseName}"."${table}"`;
  const [{ n }] = await athenaQuery(client, workgroup, `SELECT count(*) AS n FROM ${name}`);
  return {
    location: `Athena workgroup ${workgroup}, ${name}`,
    rows: Number(n),
    sample: await athenaQuery(client, workgroup, `SELECT * FROM ${name} limit 10`),
  };
}

/** Runs a query on Athena, whose rows come as texts below one of names. */
async function athenaQuery(
  client: AthenaClient,
  workgroup: string,
  sql: string,
): Promise<Record<string, string>[]> {
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand({ WorkGroup: workgroup, QueryString: sql }),
  );
  for (;;) {
    const { QueryExecution } = await client.send(
      new GetQueryExecutionCommand({ QueryExecutionId }),
    );
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === "SUCCEEDED") {
      break;
    }
    if (State === "FAILED" || State === "CANCELLED") {
      throw new UserError(`the query failed: ${StateChangeReason}\n    ${sql}`);
    }
    await sleep(POLL_MS);
  }
  const { ResultSet } = await client.send(new GetQueryResultsCommand({ QueryExecutionId }));
  const [names = [], ...rows] = (ResultSet?.Rows ?? []).map(({ Data = [] }) =>
    Data.map(({ VarCharValue }) => VarCharValue ?? ""),
  );
  return rows.map((row) => Object.fromEntries(row.map((value, i) => [names[i], value])));
}

async function redshiftTable(
  outputs: OutputMap,
  endpoint: Endpoint,
  table: string,
): Promise<Result> {
  const target = outputs.redshift.value as { workgroupName: string; database: string };
  const client = new RedshiftDataClient(clientConfig(endpoint));
  const query = (sql: string) => select(client, target, sql);
  const [{ n }] = await query(`SELECT count(*) AS n FROM ${table}`);
  const sample = await query(
    `SELECT title, count(*) AS ratings, CAST(avg(rating) AS decimal(3, 2)) AS mean FROM ${table} ` +
      `GROUP BY title ORDER BY ratings DESC, title LIMIT ${SAMPLE_ROWS}`,
  );
  return {
    location: `Redshift Serverless workgroup ${target.workgroupName}, ${target.database}.public.${table}`,
    rows: Number(n),
    sample,
  };
}

/** Runs a query through the Redshift Data API, which answers by and by. */
async function select(
  client: RedshiftDataClient,
  { workgroupName, database }: { workgroupName: string; database: string },
  sql: string,
): Promise<Record<string, unknown>[]> {
  const { Id } = await client.send(
    new ExecuteStatementCommand({ WorkgroupName: workgroupName, Database: database, Sql: sql }),
  );
  for (;;) {
    const { Status, Error: reason } = await client.send(new DescribeStatementCommand({ Id }));
    if (Status === "FINISHED") {
      break;
    }
    if (Status === "FAILED" || Status === "ABORTED") {
      throw new UserError(`the query failed: ${reason}\n    ${sql}`);
    }
    await sleep(POLL_MS);
  }
  const { Records = [], ColumnMetadata = [] } = await client.send(
    new GetStatementResultCommand({ Id }),
  );
  return Records.map((record) =>
    Object.fromEntries(record.map((field, i) => [ColumnMetadata[i].name ?? "", valueOf(field)])),
  );
}

function valueOf(field: Field): unknown {
  return field.isNull
    ? null
    : (field.stringValue ?? field.longValue ?? field.doubleValue ?? field.booleanValue);
}
