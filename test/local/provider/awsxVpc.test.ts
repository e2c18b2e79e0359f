import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

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
          ...Object.fromEntries(types.map((type) => [type, (_i, own: string) => ({ id: own })])),
          "awsx:ec2:Vpc": () => ({}),
        },
      });
      const made = registrations.filter(({ type }) => type !== "awsx:ec2:Vpc").map(asChild);
      assert.deepEqual(sorted(made), sorted(official));
    });
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
      /the Public subnets have 1 blocks for 2 availability zones/,
    ));

  it("refuses to choose zones by itself", () =>
    assert.throws(
      () => requireSupported("net", { ...vpcArgs("None"), availabilityZoneNames: undefined }),
      /availabilityZoneNames is needed/,
    ));
});
