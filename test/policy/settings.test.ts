import assert from "node:assert/strict";
import * as path from "node:path";

import { PolicyResource } from "@pulumi/policy";
import fc from "fast-check";

import { PIPELINES } from "../../components/pipelines";
import program from "../../index";
import { Configuration, evaluate } from "../../policy/evaluate";
import { rules } from "../../policy/index";
import { SettingsError } from "../../settings";
import { MOCKED_ID, Registration, record } from "../mocks";
import { resource } from "./graph";
import { levelsOf } from "./levels";

/** How many stacks are made. Each takes about half a second. */
const STACKS = 5;

const FIXTURE = path.join(__dirname, "../fixtures/airflow/dags");

/** What the settings allow and the pack of production does not, and the rule that says so. */
const STRICTER: readonly string[] = [
  // A stack without a key of its own: the laptop's and the posts'.
  "emr-ebs-encryption",
  "emr-encryption-at-rest",
  "glue-security-configuration-encrypts",
  "logs-encryption",
  "mwaa-own-key",
  "redshift-own-key",
  "redshiftserverless-own-key",
  // A stack that sends fewer logs, or has its web server in public.
  "mwaa-all-logs",
  "mwaa-private-webserver",
  // A stack that has one NAT gateway for both zones.
  "stack-nat-in-own-zone",
];

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/).filter((n) => !n.includes("--"));
const level = fc.constantFrom("INFO", "DEBUG");

/** Settings that differ from the defaults in anything; some of them are refused. */
const settings = fc.record(
  {
    pipelines: fc.subarray(PIPELINES.map(({ name: pipeline }) => pipeline)),
    environmentName: name.map((n) => `mwaa-${n}`),
    environmentClass: fc.constantFrom("mw1.small", "mw1.medium", "mw1.large", "mw1.micro"),
    minWorkers: fc.integer({ min: 1, max: 3 }),
    maxWorkers: fc.integer({ min: 1, max: 25 }),
    webserverAccessMode: fc.constantFrom("PRIVATE_ONLY", "PUBLIC_ONLY", "PUBLIC_AND_PRIVATE"),
    airflowLogLevels: fc.record(
      { task: level, worker: level, scheduler: level, webserver: level, dagProcessing: level },
      { requiredKeys: ["task"] },
    ),
    logRetentionDays: fc.constantFrom(7, 30, 365, 3653),
    oldVersionRetentionDays: fc.integer({ min: 1, max: 1000 }),
    pollIntervalSeconds: fc.integer({ min: 1, max: 300 }),
    airflowBucketName: name.map((n) => `airflow-dags-${n}`),
    dataBucketName: name.map((n) => `airflow-data-${n}`),
    natGateways: fc.constantFrom("OnePerAz", "Single"),
    availabilityZones: fc.constantFrom([], ["us-east-1b", "us-east-1d", "us-east-1f"]),
    vpcCidr: fc.constantFrom("10.192.0.0/16", "10.192.0.0/18"),
    redshift: fc.oneof(
      fc.record({
        kind: fc.constant("serverless"),
        baseCapacity: fc.constantFrom(4, 8, 64),
        maxCapacity: fc.constantFrom(8, 16, 128),
      }),
      fc.record({
        kind: fc.constant("provisioned"),
        nodeType: fc.constantFrom("ra3.large", "ra3.xlplus"),
        numberOfNodes: fc.integer({ min: 1, max: 4 }),
      }),
    ),
    emr: fc.record(
      {
        coreInstanceCount: fc.integer({ min: 1, max: 10 }),
        coreMarket: fc.constantFrom("ON_DEMAND", "SPOT"),
        certificateObject: fc.constant("s3://airflow-certificates/emr/certificates.zip"),
      },
      { requiredKeys: [] },
    ),
    glue: fc.record(
      {
        workers: fc.integer({ min: 2, max: 20 }),
        timeoutMinutes: fc.integer({ min: 1, max: 480 }),
      },
      { requiredKeys: [] },
    ),
    movieListSchedule: fc.constantFrom("none", "0 6 * * *"),
    movielensSource: fc.constantFrom("s3://movielens/ml.zip", "https://example.com/ml.zip"),
    encryptionKey: fc.constantFrom(
      "aws",
      "own",
      "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888",
    ),
    forceDestroy: fc.boolean(),
    tags: fc.dictionary(fc.stringMatching(/^[A-Z][a-z]{1,10}$/), name, { maxKeys: 3 }),
  },
  { requiredKeys: [] },
);

type Config = Record<string, unknown>;

/** What the program registers, as the pack sees it once a stack is up. */
function seen(registrations: readonly Registration[]): PolicyResource[] {
  return registrations.flatMap(({ type, name: label, state, inputs, protect }) => {
    if (type === "awsx:ec2:Vpc") {
      return network(label, inputs);
    }
    return type.startsWith("aws:")
      ? [resource(type, label, { ...inputs, ...state }, {}, { protect })]
      : [];
  });
}

/** What awsx makes of a network's arguments, under the ids that the mock of it answers with. */
function network(label: string, { subnetSpecs, natGateways, ...vpc }: Config): PolicyResource[] {
  const zones = vpc.availabilityZoneNames as string[];
  const specs = subnetSpecs as { type: string; name: string; cidrBlocks: string[] }[];
  const { strategy } = natGateways as { strategy: string };
  const vpcId = `${label}-vpc-id`;
  const { tags } = vpc;
  const made = (type: string, child: string, props: Config) =>
    resource(`aws:ec2/${type}`, child, { tags, ...props });
  return [
    made("vpc:Vpc", label, { ...vpc, id: vpcId }),
    made("internetGateway:InternetGateway", label, { id: "gateway", vpcId }),
    ...specs.flatMap(({ type, name: spec, cidrBlocks }) =>
      cidrBlocks.flatMap((cidrBlock, i) => {
        const subnet = `${label}-${spec}-${i + 1}`;
        const routeTableId = `${subnet}-RouteTable`;
        const isPublic = type === "Public";
        const nat = `${label}-${strategy === "Single" ? 1 : i + 1}`;
        return [
          made("subnet:Subnet", subnet, {
            id: `${subnet}-id`,
            vpcId,
            cidrBlock,
            availabilityZone: zones[i],
            mapPublicIpOnLaunch: isPublic,
          }),
          made("routeTable:RouteTable", subnet, { id: routeTableId, vpcId }),
          made("routeTableAssociation:RouteTableAssociation", subnet, {
            id: `${subnet}-association`,
            routeTableId,
            subnetId: `${subnet}-id`,
          }),
          made("route:Route", subnet, {
            id: `${subnet}-route`,
            routeTableId,
            destinationCidrBlock: "0.0.0.0/0",
            ...(isPublic ? { gatewayId: "gateway" } : { natGatewayId: nat }),
          }),
          ...(isPublic && (strategy !== "Single" || i === 0)
            ? [
                made("eip:Eip", nat, { id: `${nat}-address` }),
                made("natGateway:NatGateway", nat, {
                  id: nat,
                  subnetId: `${subnet}-id`,
                  allocationId: `${nat}-address`,
                }),
              ]
            : []),
        ];
      }),
    ),
  ];
}

/** What the mandatory rules say at the level of production. */
function findings(resources: readonly PolicyResource[], config: Config): string[] {
  const levels = levelsOf("prod");
  const own: Record<string, Configuration> = {
    // What a stack may destroy it need not keep, nor wait thirty days for.
    "stack-protect-matches-destroy": { keep: config.forceDestroy !== true },
    ...(config.forceDestroy === true ? { "kms-deletion-window": { minimumDays: 7 } } : {}),
  };
  return rules
    .filter(([{ name: rule }]) => levels[rule].level === "mandatory")
    .filter(([{ name: rule }]) => !STRICTER.includes(rule))
    .flatMap(([rule]) =>
      evaluate(
        rule,
        resources,
        { ...levels[rule.name].configuration, ...own[rule.name] },
        "2026-06-30",
      )
        .violations.filter(({ message }) => !MOCKED_ID.test(message))
        .map(({ urn, message }) => `${rule.name}: ${urn ?? "the stack"}: ${message}`),
    );
}

describe("settings that the program takes", () => {
  it("give stacks that the pack takes", async function () {
    this.timeout(60_000);
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(settings, async (config) => {
        let registrations: readonly Registration[];
        try {
          const files = { dagsFolder: FIXTURE, requirementsFile: `${FIXTURE}/requirements.txt` };
          ({ registrations } = await record(() => program(), {
            stack: "some",
            config: { ...config, ...files },
          }));
        } catch (error) {
          assert.ok(error instanceof SettingsError, String(error));
          fc.pre(false);
          return;
        }
        taken += 1;
        assert.deepEqual(findings(seen(registrations), config), []);
      }),
      { numRuns: STACKS, endOnFailure: true },
    );
    assert.ok(taken >= STACKS, `only ${taken} stacks were made`);
  });

  it("would not pass unseen: a bucket that is open is found in any of them", async () => {
    const { registrations } = await record(() => program(), {
      stack: "some",
      config: {
        pipelines: PIPELINES.map(({ name: pipeline }) => pipeline),
        dagsFolder: FIXTURE,
        requirementsFile: `${FIXTURE}/requirements.txt`,
      },
    });
    const open = registrations.map((one) =>
      one.type === "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
        ? { ...one, inputs: { ...one.inputs, blockPublicAcls: false }, state: {} }
        : one,
    );
    assert.deepEqual(findings(seen(registrations), {}), []);
    assert.ok(findings(seen(open), {}).some((found) => found.startsWith("s3-")));
  });
});
