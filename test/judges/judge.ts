import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import program from "../../index";
import { toolHome } from "../../local/home";
import { pythonOf } from "../../local/setup/python";
import { type RecordOptions, REGION, type Registration, record } from "../mocks";
import { emrCluster } from "./emrRequest";
import { type Made, type Resource, type Template, template } from "./template";

/** A stack to be judged. */
export interface Stack {
  /** The stack's name, and that of the variant where it is one. */
  readonly name: string;
  readonly stack: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The Region that its requests go to; default that of the mocks. */
  readonly region?: string;
  readonly functions?: RecordOptions["functions"];
  /** Resources beside those that the program registers itself. */
  readonly others?: readonly Resource[];
}

/** A registered stack, as a template. */
export interface Judged extends Template {
  readonly name: string;
  readonly region: string;
  readonly registrations: readonly Registration[];
}

/** Something that cfn-lint says against a stack. */
export interface Finding {
  readonly stack: string;
  readonly rule: string;
  /** CloudFormation's type of the resource. */
  readonly type: string;
  /** Path of the property, without the numbers of elements. */
  readonly path: string;
  /** The stack, the resource and what is wrong. */
  readonly message: string;
}

/** A finding that is right and yet no fault. */
export interface Accepted {
  readonly rule: string;
  readonly type: string;
  readonly path: string;
  /** Names of the stacks that it is accepted in; default: any. */
  readonly stacks?: readonly string[];
  readonly reason: string;
}

/** Registers a stack under the mocks and makes a template of it, its EMR clusters included. */
export async function registered(stack: Stack): Promise<Judged> {
  const { name, config, functions, others = [], region = REGION } = stack;
  const { registrations } = await record(() => program(), {
    stack: stack.stack,
    config,
    functions,
  });
  const made = template([...registrations, ...others]);
  const clusters = Object.fromEntries(
    clusterRequests(registrations).map(({ variable, request }) => [
      `Cluster${variable.replace(/\W|_/g, "")}`,
      { Type: "AWS::EMR::Cluster", Properties: { Name: variable, ...emrCluster(request) } },
    ]),
  );
  const Resources = { ...made.template.Resources, ...clusters };
  return {
    ...made,
    name,
    region,
    registrations,
    template: { Resources: withIds(Resources, registrations) },
  };
}

type Request = Parameters<typeof emrCluster>[0];

/** The requests for EMR clusters, which Airflow Variables hold. */
export function clusterRequests(
  registrations: readonly Registration[],
): { variable: string; request: Request }[] {
  return registrations
    .filter(
      ({ type, inputs }) => type.endsWith(":Parameter") && /_job_flow$/.test(String(inputs.name)),
    )
    .map(({ inputs }) => ({
      variable: String(inputs.name).split("/").at(-1) ?? "",
      request: JSON.parse(String(inputs.value)) as Request,
    }));
}

/** Beginning of the ids of what EC2 makes. */
const PREFIXES: Readonly<Record<string, string>> = {
  "aws:ec2/routeTable:RouteTable": "rtb",
  "aws:ec2/securityGroup:SecurityGroup": "sg",
  "aws:ec2/subnet:Subnet": "subnet",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
};

/** The same, with ids of EC2's form in the place of the mocks'. */
function withIds(
  resources: Record<string, unknown>,
  registrations: readonly Registration[],
): Record<string, unknown> {
  const text = JSON.stringify(resources);
  const given = registrations
    .filter(({ type }) => type in PREFIXES)
    .map(({ type, state }) => [PREFIXES[type], String(state.id)] as const);
  // What the network's own component makes.
  const network = [...text.matchAll(/"(network-(vpc|private-\d+|public-\d+)-id)"/g)].map(
    ([, id, what]) => [what === "vpc" ? "vpc" : "subnet", id] as const,
  );
  const replaced = [...new Map([...given, ...network].map((pair) => [pair[1], pair])).values()]
    .map(([prefix, id], number) => [id, `${prefix}-0${String(number).padStart(16, "0")}`] as const)
    .reduce(
      (known, [id, ours]) =>
        known
          .replaceAll(`"${id}"`, `"${ours}"`)
          // In a document inside a text.
          .replaceAll(`\\"${id}\\"`, `\\"${ours}\\"`),
      text,
    );
  return JSON.parse(replaced) as Record<string, unknown>;
}

interface Match {
  readonly Filename: string;
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] };
}

/** What cfn-lint says of stacks: one run for each Region. */
export function lint(stacks: readonly Judged[]): Finding[] {
  const regions = [...new Set(stacks.map(({ region }) => region))];
  return regions.flatMap((region) =>
    lintIn(
      region,
      stacks.filter((stack) => stack.region === region),
    ),
  );
}

function lintIn(region: string, stacks: readonly Judged[]): Finding[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "templates-"));
  try {
    const files = new Map(
      stacks.map((stack) => {
        const file = path.join(folder, `${stack.name.replace(/\W+/g, "-")}.json`);
        fs.writeFileSync(file, JSON.stringify(stack.template));
        return [file, stack];
      }),
    );
    const { stdout, stderr, status } = spawnSync(
      path.join(path.dirname(pythonOf(toolHome, "judges")), "cfn-lint"),
      ["--format", "json", "--regions", region, "--", ...files.keys()],
      { encoding: "utf8", maxBuffer: 2 ** 28 },
    );
    if (status === null || !stdout.trim().startsWith("[")) {
      throw new Error(`cfn-lint ended with status ${status}: ${stderr}${stdout}`);
    }
    return (JSON.parse(stdout) as Match[]).map((match) => finding(match, files));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function finding(match: Match, files: ReadonlyMap<string, Judged>): Finding {
  const stack = files.get(match.Filename);
  const [, resource, , ...inside] = match.Location.Path;
  const made = stack?.template.Resources[resource] as { readonly Type?: string } | undefined;
  return {
    stack: stack?.name ?? "",
    rule: match.Rule.Id,
    type: made?.Type ?? "",
    path: inside.filter((part) => typeof part === "string").join("."),
    message:
      `${stack?.name}: ${stack?.names[resource] ?? resource} ${inside.join(".")}: ` +
      `${match.Rule.Id} ${match.Message}`,
  };
}

/** The findings that no entry accepts, and the entries that accept none. */
export function remaining(
  findings: readonly Finding[],
  accepted: readonly Accepted[],
): { readonly findings: string[]; readonly unused: Accepted[] } {
  const fits = (entry: Accepted, { stack, rule, type, path: at }: Finding): boolean =>
    entry.rule === rule &&
    entry.type === type &&
    entry.path === at &&
    (entry.stacks?.includes(stack) ?? true);
  return {
    findings: findings
      .filter((found) => !accepted.some((entry) => fits(entry, found)))
      .map(({ message }) => message),
    unused: accepted.filter((entry) => !findings.some((found) => fits(entry, found))),
  };
}

/** A request to one of AWS's APIs. */
export interface ApiRequest {
  readonly name: string;
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
}

/** What botocore's models refuse of requests. */
export function refusedByModels(requests: readonly ApiRequest[]): string {
  return execFileSync(pythonOf(toolHome, "test"), [path.join(__dirname, "requests.py")], {
    encoding: "utf8",
    input: requests.map((request) => JSON.stringify(request)).join("\n"),
  });
}

/** The requests that make a stack's environment and, in its runs, its clusters. */
export function apiRequests({ name, template, registrations }: Judged): ApiRequest[] {
  const environments = Object.values(template.Resources as Record<string, Made>)
    .filter(({ Type }) => Type === "AWS::MWAA::Environment")
    .map(({ Properties }) => ({
      name: `${name}: environment`,
      service: "mwaa",
      operation: "CreateEnvironment",
      // Only an update takes it: https://docs.aws.amazon.com/mwaa/latest/API/API_UpdateEnvironment.html
      input: { ...Properties, WorkerReplacementStrategy: undefined },
    }));
  const clusters = clusterRequests(registrations).map(({ variable, request }) => ({
    name: `${name}: ${variable}`,
    service: "emr",
    operation: "RunJobFlow",
    input: { Name: variable, ...request },
  }));
  return [...environments, ...clusters];
}
