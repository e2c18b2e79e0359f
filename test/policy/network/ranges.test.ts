import { networkSubnetRanges } from "../../../policy/rules/network/network-subnet-ranges";
import { UNKNOWN, resource, table } from "../graph";
import { Mode } from "../stack/network";
import { Part, build, ref } from "../networks/build";

const vpc = (cidrBlock: unknown = "10.0.0.0/16", name = "vpc"): Part => [
  "ec2/vpc",
  name,
  { cidrBlock },
];
const subnet = (name: string, cidrBlock: unknown, of = "vpc"): Part => [
  "ec2/subnet",
  name,
  { vpcId: ref(of), cidrBlock },
];
const more = (cidrBlock: unknown): Part => [
  "ec2/vpcIpv4CidrBlockAssociation",
  "more",
  { vpcId: ref("vpc"), cidrBlock },
];

for (const mode of ["planned", "deployed"] as readonly Mode[]) {
  const of = (...parts: Part[]) => build(parts, mode);
  table(networkSubnetRanges, [
    {
      when: `subnets lie beside one another (${mode})`,
      resources: of(vpc(), subnet("a", "10.0.0.0/24"), subnet("b", "10.0.1.0/24")),
    },
    { when: `one is all of the VPC (${mode})`, resources: of(vpc(), subnet("a", "10.0.0.0/16")) },
    {
      when: `one is outside (${mode})`,
      resources: of(vpc(), subnet("a", "10.1.0.0/24")),
      violations: [["a", /a is 10\.1\.0\.0\/24, which is not within its VPC's 10\.0\.0\.0\/16/]],
    },
    {
      when: `one is larger than the VPC (${mode})`,
      resources: of(vpc("10.0.0.0/24"), subnet("a", "10.0.0.0/23")),
      violations: [["a", /not within/]],
    },
    {
      when: `one is in a further block of the VPC (${mode})`,
      resources: of(vpc(), more("100.64.0.0/16"), subnet("a", "100.64.1.0/24")),
    },
    {
      when: `the further block is not known yet (${mode})`,
      resources: of(vpc(), more(UNKNOWN), subnet("a", "100.64.1.0/24")),
    },
    {
      when: `the block of the VPC is no text (${mode})`,
      resources: of(vpc(0), subnet("a", "10.0.0.0/24")),
    },
    {
      when: `two are the same (${mode})`,
      resources: of(vpc(), subnet("a", "10.0.0.0/24"), subnet("b", "10.0.0.0/24")),
      violations: [["b", /b is 10\.0\.0\.0\/24 and overlaps a/]],
    },
    {
      when: `one holds another (${mode})`,
      resources: of(vpc(), subnet("a", "10.0.0.128/25"), subnet("b", "10.0.0.0/24")),
      violations: [["b", /overlaps a, which is 10\.0\.0\.128\/25/]],
    },
    {
      when: `two of two VPCs are the same (${mode})`,
      resources: of(
        vpc(),
        vpc("10.0.0.0/16", "other"),
        subnet("a", "10.0.0.0/24"),
        subnet("b", "10.0.0.0/24", "other"),
      ),
    },
    {
      when: `the VPC gets its block from a pool (${mode})`,
      resources: of(vpc(null), subnet("a", "10.1.0.0/24")),
    },
    { when: `a subnet has IPv6 only (${mode})`, resources: of(vpc(), subnet("a", undefined)) },
    {
      when: `a block is not known yet (${mode})`,
      resources: of(vpc(), subnet("a", UNKNOWN)),
      notChecked: /cidrBlock/,
    },
  ]);
}

table(networkSubnetRanges, [
  {
    when: "the VPC is another program's",
    resources: ["a", "b"].map((name, n) =>
      resource("aws:ec2/subnet:Subnet", name, { vpcId: "vpc-1", cidrBlock: `10.0.${n}.0/24` }),
    ),
  },
  {
    when: "two of such a VPC overlap",
    resources: ["a", "b"].map((name) =>
      resource("aws:ec2/subnet:Subnet", name, { vpcId: "vpc-1", cidrBlock: "10.0.0.0/24" }),
    ),
    violations: [["b", /overlaps a/]],
  },
  {
    when: "two may be in one VPC",
    resources: ["a", "b"].map((name) =>
      resource("aws:ec2/subnet:Subnet", name, { vpcId: UNKNOWN, cidrBlock: "10.0.0.0/24" }),
    ),
    notChecked: /whether b is in the VPC of a is not known yet/,
  },
]);
