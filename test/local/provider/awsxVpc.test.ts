import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { ROOT } from "../../../local/home";
import { Vpc, VpcArgs, requireSupported } from "../../../local/provider/awsx/vpc";
import { Registration, record } from "../../mocks";

interface Child {
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly inputs: Record<string, unknown>;
}

const { args, children } = JSON.parse(
  fs.readFileSync(path.join(ROOT, "test", "fixtures", "awsxVpc.json"), "utf8"),
) as {
  args: Record<string, unknown> & { name: string };
  children: Record<"None" | "OnePerAz" | "Single", Child[]>;
};

const { name, "natGateways.strategy": _, ...common } = args;

const vpcArgs = (strategy: string) =>
  ({ ...common, natGateways: { strategy } }) as unknown as VpcArgs;

const label = ({ type, name: own }: { type: string; name: string }) => `${type}::${own}`;

/** A child as the fixture writes it: the parent by its name, no inputs that are not there. */
function asChild({ type, name: own, parent, inputs }: Registration): Child {
  const { allocationId: __, ...rest } = Object.fromEntries(
    Object.entries(inputs).filter(([, value]) => value !== undefined),
  );
  return { type, name: own, parent: parent.split("::").at(-1) as string, inputs: rest };
}

const sorted = (list: readonly Child[]) => [...list].sort((a, b) => (label(a) < label(b) ? -1 : 1));

describe("awsx.ec2.Vpc on the laptop", () => {
  for (const [strategy, official] of Object.entries(children)) {
    it(`registers what the official one does with NAT ${strategy}`, async () => {
      const types = [...new Set(official.map(({ type }) => type))];
      const { registrations } = await record(() => void new Vpc(name, vpcArgs(strategy), {}), {
        // Ids as names, as in the fixture.
        resources: {
          ...Object.fromEntries(
            types.map((type) => [
              type,
              (_inputs, own: string) => ({ id: own, allocationId: `address ${own}` }),
            ]),
          ),
          "awsx:ec2:Vpc": () => ({}),
        },
      });
      const made = registrations.filter(({ type }) => type !== "awsx:ec2:Vpc").map(asChild);
      assert.deepEqual(sorted(made), sorted(official));
      // The fixture does not tell the addresses: each gateway has the one beside it.
      for (const gateway of registrations.filter(({ type }) => type.endsWith(":NatGateway"))) {
        assert.equal(gateway.inputs.allocationId, `address ${gateway.name}`);
      }
    });
  }

  it("has the official outputs, each with what it is named after", async () => {
    const declared = fs.readFileSync(
      path.join(ROOT, "node_modules", "@pulumi", "awsx", "ec2", "vpc.d.ts"),
      "utf8",
    );
    const official = [...declared.matchAll(/readonly (\w+): pulumi\.Output/g)].map(
      ([, own]) => own,
    );
    const { result } = await record(
      async () => {
        const state = new Vpc(name, vpcArgs("OnePerAz"), {}).state() as Record<string, unknown>;
        assert.deepEqual(Object.keys(state).sort(), official.sort());
        const ids = (list: unknown) =>
          pulumi.all((list as pulumi.CustomResource[]).map((r) => r.id));
        return Promise.resolve({
          vpcId: state.vpcId,
          publicSubnetIds: state.publicSubnetIds,
          privateSubnetIds: state.privateSubnetIds,
          isolatedSubnetIds: state.isolatedSubnetIds,
          publicSubnets: ids(state.publicSubnets),
          privateSubnets: ids(state.privateSubnets),
          subnets: ids(state.subnets),
          eips: ids(state.eips),
          natGateways: ids(state.natGateways),
          routes: ids(state.routes),
        });
      },
      {
        resources: Object.fromEntries(
          ["awsx:ec2:Vpc", ...children.OnePerAz.map(({ type }) => type)].map((type) => [
            type,
            (_inputs, own: string) => ({ id: own }),
          ]),
        ),
      },
    );
    const open = ["net-public-1", "net-public-2"];
    const closed = ["net-private-1", "net-private-2"];
    assert.deepEqual(result, {
      vpcId: "net",
      publicSubnetIds: open,
      privateSubnetIds: closed,
      isolatedSubnetIds: [],
      publicSubnets: open,
      privateSubnets: closed,
      // As pulumi-awsx registers them: zone by zone.
      subnets: ["net-public-1", "net-private-1", "net-public-2", "net-private-2"],
      eips: ["net-1", "net-2"],
      natGateways: ["net-1", "net-2"],
      routes: ["net-public-1", "net-private-1", "net-public-2", "net-private-2"],
    });
  });

  it("gives tags as the official one does: the component's own win, a spec's are for its subnets alone", async () => {
    // The expectation is read off awsx/ec2/vpc.ts of pulumi-awsx, commit e60adf3.
    const tags = { Name: "mine", SubnetType: "mine", Owner: "data" };
    const specs = (common.subnetSpecs as VpcArgs["subnetSpecs"]).map((spec) => ({
      ...spec,
      tags: { Name: "the spec's", SubnetType: "the spec's", Tier: "spec" },
    }));
    const { registrations } = await record(
      () => void new Vpc(name, { ...vpcArgs("Single"), tags, subnetSpecs: specs }, {}),
      {
        resources: Object.fromEntries(
          ["awsx:ec2:Vpc", ...children.OnePerAz.map(({ type }) => type)].map((type) => [
            type,
            (_inputs, own: string) => ({ id: own }),
          ]),
        ),
      },
    );
    const tagsOf = (type: string, own: string) =>
      registrations.find((one) => one.type === type && one.name === own)?.inputs.tags;
    assert.deepEqual(tagsOf("aws:ec2/vpc:Vpc", "net"), tags);
    assert.deepEqual(tagsOf("aws:ec2/internetGateway:InternetGateway", "net"), tags);
    const own = { Name: "net-private-1", SubnetType: "Private", Owner: "data" };
    assert.deepEqual(tagsOf("aws:ec2/subnet:Subnet", "net-private-1"), { ...own, Tier: "spec" });
    assert.deepEqual(tagsOf("aws:ec2/routeTable:RouteTable", "net-private-1"), own);
    for (const type of ["aws:ec2/eip:Eip", "aws:ec2/natGateway:NatGateway"]) {
      assert.deepEqual(tagsOf(type, "net-1"), {
        Name: "net-1",
        SubnetType: "mine",
        Owner: "data",
      });
    }
  });

  for (const [wrong, message] of [
    [
      { natGateways: { strategy: "Single", elasticIpAllocationIds: ["x"] } },
      /natGateways\.elasticIp/,
    ],
    [{ natGateways: { strategy: "Double" } }, /strategy "Double" is not supported.*None, OnePerAz/],
    [{ subnetStrategy: "Exact" }, /subnetStrategy "Exact" is not supported/],
    [{ subnetStrategy: undefined }, /subnetStrategy "Legacy" is not supported/],
    [
      {
        natGateways: undefined,
        subnetSpecs: [{ type: "Private", cidrBlocks: ["10.192.10.0/24", "10.192.11.0/24"] }],
      },
      /NAT gateways need public subnets/,
    ],
    [{ subnetSpecs: [{ type: "Public", cidrMask: 24 }] }, /subnetSpecs\.cidrMask is not supported/],
    [{ subnetSpecs: [{ type: "Unused", cidrBlocks: [] }] }, /type "Unused" is not supported/],
  ] as const) {
    it(`refuses ${JSON.stringify(wrong)}`, () =>
      assert.throws(() => requireSupported("net", { ...vpcArgs("None"), ...wrong }), message));
  }

  it("refuses an argument that it does not have", () =>
    assert.throws(
      () => requireSupported("net", { ...vpcArgs("None"), ipv4IpamPoolId: "x" }),
      /awsx:ec2:Vpc net: the argument ipv4IpamPoolId is not supported/,
    ));

  it("refuses as many blocks as there are no zones for", () =>
    assert.throws(
      () =>
        requireSupported("net", {
          ...vpcArgs("None"),
          subnetSpecs: [{ type: "Public", cidrBlocks: ["10.192.10.0/24"] }],
        }),
      /the Public subnets have 1 blocks for 2 Availability Zones/,
    ));

  it("refuses to choose zones by itself", () =>
    assert.throws(
      () => requireSupported("net", { ...vpcArgs("None"), availabilityZoneNames: undefined }),
      /availabilityZoneNames is needed/,
    ));
});
