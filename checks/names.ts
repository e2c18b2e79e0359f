import { createHash } from "node:crypto";

const HASH_CHARACTERS = 8;

/** What a name may look like in the service that it is for. */
export interface NameShape {
  /** Longest name, in characters. */
  readonly maxLength: number;
  /** Character that stands for each one which is not allowed. */
  readonly filler: "-" | "_";
}

/**
 * Makes a lower-case name of letters, digits and the filler out of any text.
 *
 * A text that already fits comes back as it is. One that had to be changed or cut ends in a part of
 * its hash, so that two strings never give the same name: stacks `Dev` and `dev` may share an account.
 */
export function fitName(text: string, shape: NameShape): string {
  const { filler, maxLength } = shape;
  const clean = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, filler)
    .replace(/^[-_]+|[-_]+$/g, "");
  if (clean !== "" && clean === text && clean.length <= maxLength) {
    return clean;
  }
  const hash = createHash("sha256").update(text).digest("hex").slice(0, HASH_CHARACTERS);
  const head = clean.slice(0, maxLength - HASH_CHARACTERS - 1).replace(/[-_]+$/, "");
  return head === "" ? hash : `${head}${filler}${hash}`;
}

/**
 * Project whose stacks need no more than their own name in what they are called: as the program is published, whatever
 * the `Pulumi.yaml` of a copy calls it.
 */
const OWN_PROJECT = "mwaa-analytics";

/**
 * What tells a stack from all others of an account: its name, and in a copy of the program under another
 * project's name that as well. No stack's name has a slash.
 */
export function stackIdentity({
  project,
  stack,
}: {
  readonly project: string;
  readonly stack: string;
}): string {
  return project === OWN_PROJECT ? stack : `${project}/${stack}`;
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 64 characters, of which
// the provider keeps 26 for the part that makes a name unique.
const MAX_ROLE_PREFIX = 38;

/** Beginning of a role's name: the environment's, as far as it fits, and the role's purpose. */
export function rolePrefix(environmentName: string, purpose: string): string {
  return `${environmentName.slice(0, MAX_ROLE_PREFIX - purpose.length - 2)}-${purpose}-`;
}
