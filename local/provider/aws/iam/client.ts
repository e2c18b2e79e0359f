import { IAMClient } from "@aws-sdk/client-iam";

import { all, length, pattern } from "../checks";
import { compactJson } from "../row";

export const iam = new IAMClient({});

/** The official provider's check of a name in IAM, or of a prefix, which leaves room for 26 characters. */
export const iamName = (longest: number) => all(length(1, longest), pattern(/^[\w+=,.@-]*$/));

/** What it refuses of names: both a name and how one begins. */
export function nameOrPrefix({ name, namePrefix }: { name?: string; namePrefix?: string }) {
  return name !== undefined && namePrefix !== undefined
    ? "name and namePrefix cannot both be given"
    : undefined;
}

/** Why nothing is waited for in IAM. */
export const SPREAD =
  "it does not look again for two minutes until what is new has spread: the local IAM is consistent at once";

/** IAM answers with documents in the form of a query string. */
export function document(encoded: string | undefined): string {
  return compactJson(decodeURIComponent(encoded ?? "{}"));
}
