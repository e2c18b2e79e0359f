import assert from "node:assert";
import { type AvailabilityZonesArgs, availabilityZones } from "../../components/availabilityZones";
import { type RecordOptions, record } from "../mocks";
import { LOCATION } from "../policies";

const ARGS: AvailabilityZonesArgs = {
  location: LOCATION,
  configured: [],
  ownTags: { Project: "p", Stack: "s" },
  subnets: [
    {
      setting: "privateSubnetCidrs",
      subnetType: "Private",
      cidrs: ["10.0.20.0/24", "10.0.21.0/24"],
    },
    { setting: "publicSubnetCidrs", subnetType: "Public", cidrs: ["10.0.10.0/24", "10.0.11.0/24"] },
    { setting: "redshiftSubnetCidrs", cidrs: ["10.0.30.0/24", "10.0.31.0/24", "10.0.32.0/24"] },
  ],
  instanceTypes: ["m5.xlarge", "m5.xlarge", "r5.large"],
  endpointServices: ["elasticmapreduce"],
};

/** Tags of a subnet with the block of a kind of ours; without a name where `tags` of the settings has one. */
const tagsOf = (cidr: string): Record<string, string> => {
  const kind = ARGS.subnets.find(({ cidrs }) => cidrs.includes(cidr));
  return kind?.subnetType === undefined ? {} : { SubnetType: kind.subnetType };
};

/** Subnets of the stack, by CIDR block, in zones by their letters. */
const subnets = (zones: Readonly<Record<string, string>>): RecordOptions["functions"] => ({
  "aws:ec2/getSubnets:getSubnets": () => ({ ids: Object.keys(zones) }),
  "aws:ec2/getSubnet:getSubnet": ({ id }) => ({
    cidrBlock: id,
    availabilityZone: `us-east-1${zones[String(id)]}`,
    tags: tagsOf(String(id)),
  }),
});

/** What zones offer, by their letters. */
const offers = (types: Record<string, string>, endpoints: string): RecordOptions["functions"] => {
  const offered = Object.entries(types).flatMap(([type, letters]) =>
    [...letters].map((letter) => [type, `us-east-1${letter}`]),
  );
  return {
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": () => ({
      instanceTypes: offered.map(([type]) => type),
      locations: offered.map(([, zone]) => zone),
    }),
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": ({ serviceName }) => ({
      serviceName,
      availabilityZones: [...endpoints].map((letter) => `us-east-1${letter}`),
    }),
  };
};

const choose = async (
  args: Partial<AvailabilityZonesArgs> = {},
  functions: RecordOptions["functions"] = {},
) => {
  const { result, calls } = await record(() => availabilityZones({ ...ARGS, ...args }), {
    functions,
  });
  return { zones: result.map((zone) => zone.replace("us-east-1", "")).join(""), calls };
};

describe("availabilityZones of a stack without subnets", () => {
  it("are the region's by name where all of them offer all", async () => {
    const { zones, calls } = await choose();
    assert.strictEqual(zones, "abcd");
    const inputs = (token: string) => calls.find((call) => call.token.endsWith(token))?.inputs;
    assert.deepStrictEqual(inputs(":getSubnets"), { tags: { Project: "p", Stack: "s" } });
    assert.deepStrictEqual(inputs(":getAvailabilityZones"), {
      state: "available",
      filters: [{ name: "zone-type", values: ["availability-zone"] }],
    });
    assert.deepStrictEqual(inputs(":getInstanceTypeOfferings"), {
      locationType: "availability-zone",
      filters: [{ name: "instance-type", values: ["m5.xlarge", "r5.large"] }],
    });
    assert.deepStrictEqual(inputs(":getVpcEndpointService"), {
      serviceName: "com.amazonaws.us-east-1.elasticmapreduce",
      serviceType: "Interface",
    });
  });

  it("begin with those that offer every instance type and endpoint", async () => {
    const types = { "m5.xlarge": "abd", "r5.large": "bcd" };
    assert.strictEqual((await choose({}, offers(types, "abcd"))).zones, "bdac");
    assert.strictEqual(
      (await choose({}, offers({ ...types, "r5.large": "abcd" }, "bcd"))).zones,
      "bdac",
    );
  });

  it("are refused where fewer than two do, with what each lacks", async () => {
    await assert.rejects(
      choose({}, offers({ "m5.xlarge": "abcd", "r5.large": "ab" }, "acd")),
      /1 offer what the stack uses; MWAA needs 2\. us-east-1b has no an endpoint of com\.amazonaws\.us-east-1\.elasticmapreduce; us-east-1c has no r5\.large/,
    );
  });

  it("are those of the settings where these name any", async () => {
    const { zones, calls } = await choose({ configured: ["us-east-1c", "us-east-1d"] });
    assert.strictEqual(zones, "cd");
    assert.deepStrictEqual(
      calls.map(({ token }) => token),
      ["aws:ec2/getSubnets:getSubnets"],
    );
  });
});

describe("availabilityZones of a stack that has subnets", () => {
  const own = subnets({
    "10.0.32.0/24": "d",
    "10.0.21.0/24": "c",
    "10.0.20.0/24": "b",
    "10.0.31.0/24": "c",
  });

  it("stay, whatever is offered and available now", async () => {
    const away = { "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({ names: [] }) };
    const nothing = offers({}, "");
    assert.strictEqual((await choose({}, { ...own, ...nothing, ...away })).zones, "bcd");
    assert.strictEqual((await choose({}, { ...own, ...nothing })).zones, "bcda");
  });

  it("stay in their order by name where the blocks are others", async () => {
    const other = subnets({ "10.9.1.0/24": "c", "10.9.0.0/24": "b" });
    assert.strictEqual((await choose({}, other)).zones, "bcad");
  });

  const named: RecordOptions["functions"] = {
    "aws:ec2/getSubnets:getSubnets": () => ({ ids: ["10.0.20.0/24", "10.0.21.0/24"] }),
    "aws:ec2/getSubnet:getSubnet": ({ id }) => ({
      cidrBlock: id,
      availabilityZone: id === "10.0.20.0/24" ? "us-east-1b" : "us-east-1a",
      tags: { SubnetType: "Private", Name: id === "10.0.20.0/24" ? "net-1" : "net-2" },
    }),
  };
  const other = (...cidrs: string[]): Partial<AvailabilityZonesArgs> => ({
    subnets: [{ setting: "privateSubnetCidrs", subnetType: "Private", cidrs }],
  });

  it("stay in the order of the subnets' names", async () => {
    assert.strictEqual((await choose({}, named)).zones, "bacd");
    assert.strictEqual((await choose(other("10.0.1.0/24", "10.0.2.0/24"), named)).zones, "bacd");
  });

  it("cannot be used where a block is that of another subnet, or a part of its own", async () => {
    for (const [cidrs, message] of [
      [
        ["10.0.21.0/24", "10.0.20.0/24"],
        /privateSubnetCidrs\[0\] is 10\.0\.21\.0\/24, which overlaps/,
      ],
      [["10.0.20.0/25", "10.0.21.0/24"], /10\.0\.20\.0\/25, which overlaps with 10\.0\.20\.0\/24/],
      [["10.0.20.0/24", "10.0.16.0/21"], /\[1\] is 10\.0\.16\.0\/21, which overlaps/],
    ] as const) {
      await assert.rejects(choose(other(...cidrs), named), message);
    }
    const swapped = { subnets: [{ setting: "redshiftSubnetCidrs", cidrs: ["10.0.20.0/24"] }] };
    await assert.rejects(choose(swapped, named), /redshiftSubnetCidrs\[0\]/);
  });

  it("may be named in the settings", async () => {
    const configured = ["us-east-1b", "us-east-1c", "us-east-1d"];
    assert.strictEqual((await choose({ configured }, own)).zones, "bcd");
  });

  it("cannot be changed by the settings", async () => {
    await assert.rejects(
      choose({ configured: ["us-east-1a", "us-east-1b"] }, own),
      /availabilityZones is \["us-east-1a","us-east-1b"\], but the subnet 10\.0\.\d+\.0\/24 of the stack is in us-east-1[bc]\. .*Use \["us-east-1b","us-east-1c","us-east-1d"\], or destroy the stack first/,
    );
  });
});
