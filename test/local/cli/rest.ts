import assert from "node:assert/strict";

import { airflowStatus } from "../../../local/cli/airflowServer";
import { Home } from "../../../local/home";

/** Makes a call of Airflow's REST API, below `/api/v2`. */
export type RestCall = <T>(method: string, route: string, body?: unknown) => Promise<T>;

/** Airflow's REST API, as whoever may do everything. */
export async function restOf(home: Home): Promise<RestCall> {
  const { url, username, password } = airflowStatus(home) ?? {};
  const call = async <T>(method: string, route: string, body?: unknown, token?: string) => {
    const answer = await fetch(`${url}${route}`, {
      method,
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    assert.ok(answer.ok, `${method} ${route}: ${answer.status} ${await answer.clone().text()}`);
    return (await answer.json()) as T;
  };
  const { access_token: token } = await call<{ access_token: string }>("POST", "/auth/token", {
    username,
    password,
  });
  return (method, route, body) => call(method, `/api/v2${route}`, body, token);
}

/** Pauses a DAG, or unpauses it: a run of a paused one is never started. */
export function pause(rest: RestCall, dagId: string, isPaused: boolean): Promise<unknown> {
  return rest("PATCH", `/dags/${dagId}?update_mask=is_paused`, { is_paused: isPaused });
}
