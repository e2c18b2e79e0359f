import { Properties } from "../row";
import { signedCall } from "../signed";

/**
 * Calls MWAA's REST API. The SDK's client that registries hold is older than the members used here and drops what
 * it does not know: https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
 */
export function mwaa(method: string, path: string, body?: unknown): Promise<Properties> {
  return signedCall({
    method,
    path,
    service: "airflow",
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
  });
}
