import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { GetTableCommand, GlueClient } from "@aws-sdk/client-glue";
import {
  DescribeStatementCommand,
  ExecuteStatementCommand,
  Field,
  GetStatementResultCommand,
  RedshiftDataClient,
} from "@aws-sdk/client-redshift-data";

import type { DagPlan } from "../../components/plan";
import type { StackOutputs } from "../../components/stackEnvironment";
import { type ProgramStack, pipelinesOf } from "../../deploy/oidc/stackSettings";
import { Endpoint } from "../engine/endpoint";
import { Home } from "../home";
import { UserError } from "../setup/steps";
import { clientConfig } from "./cloud";
import { folderTables, newestFileOf, parquetTable } from "./objects";
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
export interface RunResults {
  readonly results: Readonly<Record<string, Result>>;
  /** Paths by what they are. */
  readonly files: Readonly<Record<string, string>>;
}

/** What is looked at, and how a task's XCom is read. */
export interface RunOfDag {
  readonly outputs: StackOutputs;
  readonly endpoint: Endpoint;
  readonly home: Home;
  readonly xcom: (taskId: string, key: string) => Promise<unknown>;
}

/** The DAGs of the pipelines that the stack lists, in the order of the pipelines. */
export function dagsOfStack(program: ProgramStack): readonly DagPlan[] {
  return pipelinesOf(program)
    .filter(({ name }) => program.settings.pipelines.includes(name))
    .flatMap(({ plan }) => plan.dags);
}

/** Reads what a run left from where the DAG put it, by the service's own API. */
export async function resultsOf({ results = [] }: DagPlan, run: RunOfDag): Promise<RunResults> {
  const tables: Record<string, Result> = {};
  const files: Record<string, string> = {};
  for (const result of results) {
    const bucket = `s3://${run.outputs.dataBucketName}/`;
    switch (result.kind) {
      case "redshift":
        tables[result.table] = await redshiftTable(run, result);
        break;
      case "catalog":
        tables[result.table] =
          run.outputs.athenaWorkgroupName === undefined
            ? await parquetTable({ ...run, location: await locationOf(run, result) })
            : await athenaTable(run, result);
        break;
      case "folders": {
        const parameters = (await run.xcom(result.task, result.key)) as Record<string, unknown>;
        const below = String(parameters[result.location]).replace(/\/*$/, "/");
        const location = `${below}${result.below}`;
        const names = parameters[result.names] as readonly string[];
        Object.assign(tables, await folderTables({ ...run, location }, result.below, names));
        break;
      }
      case "file":
        files[result.title] = await newestFileOf(
          { ...run, location: `${bucket}${result.prefix}` },
          result.suffix,
          run.home,
        );
    }
  }
  return { results: tables, files };
}

/** Tells that the stack does not have the service of a result. */
function absent(output: string): never {
  throw new UserError(`the stack has no output ${output}: its pipelines do not name that service.`);
}

/** Where the files of a table of the catalog are. */
async function locationOf(
  { endpoint }: RunOfDag,
  { database, table }: { readonly database: string; readonly table: string },
): Promise<string> {
  const { Table } = await new GlueClient(clientConfig(endpoint)).send(
    new GetTableCommand({ DatabaseName: database, Name: table }),
  );
  return String(Table?.StorageDescriptor?.Location);
}

/** A table of the catalog, asked for as the post does. */
async function athenaTable(
  { outputs, endpoint }: RunOfDag,
  { database, table }: { readonly database: string; readonly table: string },
): Promise<Result> {
  const workgroup = outputs.athenaWorkgroupName ?? absent("athenaWorkgroupName");
  const client = new AthenaClient(clientConfig(endpoint));
  const name = `"${database}"."${table}"`;
  const [{ n }] = await athenaQuery(client, workgroup, `SELECT count(*) AS n FROM ${name}`);
  return {
    location: `Athena workgroup ${workgroup}, ${name}`,
    rows: Number(n),
    sample: await athenaQuery(client, workgroup, `SELECT * FROM ${name} limit 10`),
  };
}

/** Runs a query on Athena, whose rows come as strings below one of names. */
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
  { outputs, endpoint }: RunOfDag,
  { table, sample }: { readonly table: string; readonly sample?: string },
): Promise<Result> {
  const target = outputs.redshift ?? absent("redshift");
  const client = new RedshiftDataClient(clientConfig(endpoint));
  const query = (sql: string) => select(client, target, sql);
  const [{ n }] = await query(`SELECT count(*) AS n FROM ${table}`);
  const place =
    target.clusterIdentifier === undefined
      ? `Serverless workgroup ${target.workgroupName}`
      : `cluster ${target.clusterIdentifier}`;
  return {
    location: `Redshift ${place}, ${target.database}.public.${table}`,
    rows: Number(n),
    sample: await query(sample ?? `SELECT * FROM ${table} LIMIT ${SAMPLE_ROWS}`),
  };
}

/** Runs a query through the Redshift Data API, which answers by and by. */
async function select(
  client: RedshiftDataClient,
  target: NonNullable<StackOutputs["redshift"]>,
  sql: string,
): Promise<Record<string, unknown>[]> {
  const { Id } = await client.send(
    new ExecuteStatementCommand({
      WorkgroupName: target.workgroupName,
      ClusterIdentifier: target.clusterIdentifier,
      DbUser: target.dbUser,
      Database: target.database,
      Sql: sql,
    }),
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
