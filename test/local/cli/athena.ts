import {
  AthenaClient,
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
  paginateGetQueryResults,
} from "@aws-sdk/client-athena";

import { clientConfig } from "../../../local/cli/cloud";
import { Endpoint } from "../../../local/engine/endpoint";

/** Every row of a query, as texts, in the workgroup of the local stack. */
export async function athenaRows(endpoint: Endpoint, sql: string): Promise<string[][]> {
  const client = new AthenaClient(clientConfig(endpoint));
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand({ WorkGroup: "mwaa-local", QueryString: sql }),
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
      throw new Error(`${sql}: ${StateChangeReason}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const rows: string[][] = [];
  for await (const { ResultSet } of paginateGetQueryResults({ client }, { QueryExecutionId })) {
    for (const { Data = [] } of ResultSet?.Rows ?? []) {
      rows.push(Data.map(({ VarCharValue }) => VarCharValue ?? ""));
    }
  }
  // The first is the names of the columns.
  return rows.slice(1);
}
