import { IAMClient } from "@aws-sdk/client-iam";

import { compactJson } from "../row";

export const iam = new IAMClient({});

/** IAM answers with documents in the form of a query string. */
export function document(encoded: string | undefined): string {
  return compactJson(decodeURIComponent(encoded ?? "{}"));
}
