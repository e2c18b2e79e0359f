import type { Problem } from "./problem";

/** Settings that every kind of Redshift target has. */
interface RedshiftTable {
  /** Database that the table is in. Default `dev`, as in the post. */
  readonly database: string;
  /** Table that the pipeline loads. Default `movie_demo`, as in the post. */
  readonly tableName: string;
  /** Who may read the table, as GRANT takes it: `ROLE analysts`, `GROUP bi`, or a user's name. */
  readonly readers: readonly string[];
}

/** A serverless namespace and workgroup of the stack's own. */
export interface ServerlessSettings extends RedshiftTable {
  readonly kind: "serverless";
  /**
   * Base capacity in Redshift processing units: 4, a multiple of 8 up to 512, or, in the regions that
   * have it, a multiple of 32 up to 1024. Default 8.
   */
  readonly baseCapacity: number;
  /** Greatest capacity in Redshift processing units. Default 16: what a mistake can cost at most. */
  readonly maxCapacity: number;
}

/** A provisioned cluster of the stack's own. */
export interface ProvisionedSettings extends RedshiftTable {
  readonly kind: "provisioned";
  /** Node type. Default `ra3.large`. */
  readonly nodeType: (typeof NODE_TYPES)[number];
  /** Number of nodes. Default 1. */
  readonly numberOfNodes: number;
}

/** A serverless workgroup that is already there. */
export interface ExistingWorkgroupSettings extends RedshiftTable {
  readonly kind: "existing";
  readonly workgroupName: string;
}

/** A provisioned cluster that is already there. */
export interface ExistingClusterSettings extends RedshiftTable {
  readonly kind: "existing";
  readonly clusterIdentifier: string;
  /** Database user that the pipeline becomes. */
  readonly dbUser: string;
}

export type RedshiftSettings =
  ServerlessSettings | ProvisionedSettings | ExistingWorkgroupSettings | ExistingClusterSettings;

// https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html
export const NODE_TYPES = ["ra3.large", "ra3.xlplus", "ra3.4xlarge", "ra3.16xlarge"] as const;
const SINGLE_NODE_TYPES: readonly string[] = ["ra3.large", "ra3.xlplus"];
const MOST_NODES = 128;

const DEFAULT_DATABASE = "dev";
const DEFAULT_TABLE = "movie_demo";
const DEFAULT_BASE_CAPACITY = 8;
const DEFAULT_MAX_CAPACITY = 16;

const FIELDS = {
  serverless: ["kind", "database", "tableName", "readers", "baseCapacity", "maxCapacity"],
  provisioned: ["kind", "database", "tableName", "readers", "nodeType", "numberOfNodes"],
  existing: [
    "kind",
    "database",
    "tableName",
    "readers",
    "workgroupName",
    "clusterIdentifier",
    "dbUser",
  ],
} as const;

// https://docs.aws.amazon.com/redshift/latest/dg/r_names.html: lower case, so that no quoting is
// needed anywhere.
const IDENTIFIER = /^[a-z_][a-z0-9_]{0,126}$/;

/**
 * Reads the `redshift` setting: the union of its kinds, or what is wrong with it.
 *
 * @param region the stack's: how large a workgroup can be depends on it
 */
export function readRedshift(
  value: Record<string, unknown>,
  region: string,
): {
  readonly redshift?: RedshiftSettings;
  readonly problems: Problem[];
} {
  const kind = value.kind ?? "serverless";
  if (kind !== "serverless" && kind !== "provisioned" && kind !== "existing") {
    return {
      problems: [
        {
          setting: "redshift.kind",
          value: kind,
          allowed: "serverless, provisioned or existing",
          remedy: "Choose one of them.",
        },
      ],
    };
  }
  const problems: Problem[] = [];
  const fields: readonly string[] = FIELDS[kind];
  for (const field of Object.keys(value).filter((key) => !fields.includes(key))) {
    problems.push({
      setting: `redshift.${field}`,
      value: value[field],
      allowed: `with kind ${kind}: ${fields.join(", ")}`,
      remedy: "Remove it or correct its name.",
    });
  }
  const identifier = (field: string, otherwise: string): string => {
    const found = value[field] ?? otherwise;
    if (typeof found !== "string" || !IDENTIFIER.test(found)) {
      problems.push({
        setting: `redshift.${field}`,
        value: found,
        allowed: "a lower-case identifier of letters, digits and underscores, not a digit first",
        remedy: "Change the name.",
      });
      return otherwise;
    }
    return found;
  };
  const table: RedshiftTable = {
    database: identifier("database", DEFAULT_DATABASE),
    tableName: identifier("tableName", DEFAULT_TABLE),
    readers: readReaders(value.readers ?? [], problems),
  };
  switch (kind) {
    case "serverless":
      return finish({ kind, ...table, ...readCapacity(value, region, problems) }, problems);
    case "provisioned":
      return finish({ kind, ...table, ...readNodes(value, problems) }, problems);
    case "existing":
      return readExisting(value, table, identifier, problems);
  }
}

/** `role analysts`, `group bi` or `user bob`, as GRANT takes each. */
const READER = /^(role|group|user) ([a-z_][a-z0-9_]{0,126})$/;

function readReaders(found: unknown, problems: Problem[]): string[] {
  const listed: readonly unknown[] = Array.isArray(found) ? found : [found];
  return listed.flatMap((reader) => {
    const [, kind, name] = (typeof reader === "string" && READER.exec(reader)) || [];
    if (kind === undefined) {
      problems.push({
        setting: "redshift.readers",
        value: reader,
        allowed: "a list of role NAME, group NAME and user NAME, each name a lower-case identifier",
        remedy: "Correct it; create the role, group or user in the database before.",
      });
      return [];
    }
    return [kind === "user" ? name : `${kind.toUpperCase()} ${name}`];
  });
}

function finish(redshift: RedshiftSettings, problems: Problem[]) {
  return problems.length === 0 ? { redshift, problems } : { problems };
}

// https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html
const MOST_CAPACITY = 512;
const EXTENDED_CAPACITY = 1024;
const EXTENDED_CAPACITY_REGIONS = [
  "us-east-1",
  "us-east-2",
  "us-west-2",
  "eu-central-1",
  "eu-west-1",
];

function readCapacity(value: Record<string, unknown>, region: string, problems: Problem[]) {
  const baseCapacity = value.baseCapacity ?? DEFAULT_BASE_CAPACITY;
  const maxCapacity = value.maxCapacity ?? DEFAULT_MAX_CAPACITY;
  const extended = EXTENDED_CAPACITY_REGIONS.includes(region);
  const check = (field: string, fits: boolean, units: unknown, allowed: string): void => {
    if (!fits) {
      problems.push({
        setting: `redshift.${field}`,
        value: units,
        allowed: `Redshift processing units: 4, ${allowed}`,
        remedy: "Choose one of them.",
      });
    }
  };
  check(
    "baseCapacity",
    isCapacity(baseCapacity) &&
      (baseCapacity <= MOST_CAPACITY || (extended && baseCapacity % 32 === 0)),
    baseCapacity,
    extended
      ? `or a multiple of 8 from 8 to ${MOST_CAPACITY}, or of 32 up to ${EXTENDED_CAPACITY}`
      : `or a multiple of 8 from 8 to ${MOST_CAPACITY}, the most in ${region}`,
  );
  check(
    "maxCapacity",
    isCapacity(maxCapacity),
    maxCapacity,
    `or a multiple of 8 from 8 to ${EXTENDED_CAPACITY}`,
  );
  if (isCapacity(baseCapacity) && isCapacity(maxCapacity) && maxCapacity < baseCapacity) {
    problems.push({
      setting: "redshift.maxCapacity",
      value: maxCapacity,
      allowed: `at least redshift.baseCapacity, which is ${baseCapacity}`,
      remedy: "Raise maxCapacity or lower baseCapacity.",
    });
  }
  return { baseCapacity: baseCapacity as number, maxCapacity: maxCapacity as number };
}

function isCapacity(units: unknown): units is number {
  return (
    typeof units === "number" &&
    (units === 4 || (units % 8 === 0 && units >= 8 && units <= EXTENDED_CAPACITY))
  );
}

function readNodes(value: Record<string, unknown>, problems: Problem[]) {
  const nodeType = (value.nodeType ?? NODE_TYPES[0]) as (typeof NODE_TYPES)[number];
  const numberOfNodes = value.numberOfNodes ?? 1;
  if (!NODE_TYPES.includes(nodeType)) {
    problems.push({
      setting: "redshift.nodeType",
      value: nodeType,
      allowed: NODE_TYPES.join(", "),
      remedy: "Choose one of them.",
    });
  }
  const least = SINGLE_NODE_TYPES.includes(nodeType) ? 1 : 2;
  if (
    typeof numberOfNodes !== "number" ||
    !Number.isInteger(numberOfNodes) ||
    numberOfNodes < least ||
    numberOfNodes > MOST_NODES
  ) {
    problems.push({
      setting: "redshift.numberOfNodes",
      value: numberOfNodes,
      allowed: `${least} to ${MOST_NODES} nodes of ${nodeType}`,
      remedy: "Choose a number in the range.",
    });
  }
  return { nodeType, numberOfNodes: numberOfNodes as number };
}

function readExisting(
  value: Record<string, unknown>,
  table: RedshiftTable,
  identifier: (field: string, otherwise: string) => string,
  problems: Problem[],
) {
  const { workgroupName, clusterIdentifier } = value;
  const isName = (name: unknown): name is string =>
    typeof name === "string" && /^[a-z0-9][a-z0-9-]{0,63}$/.test(name);
  if (isName(workgroupName) && clusterIdentifier === undefined && value.dbUser === undefined) {
    return finish({ kind: "existing", ...table, workgroupName }, problems);
  }
  if (isName(clusterIdentifier) && workgroupName === undefined) {
    const dbUser = identifier("dbUser", "awsuser");
    return finish({ kind: "existing", ...table, clusterIdentifier, dbUser }, problems);
  }
  problems.push({
    setting: "redshift",
    value,
    allowed:
      "with kind existing: either workgroupName alone, or clusterIdentifier with an optional dbUser",
    remedy: "Name the one workgroup or cluster that is there already.",
  });
  return { problems };
}
