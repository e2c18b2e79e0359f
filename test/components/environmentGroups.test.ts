import assert from "node:assert/strict";

import {
  type EnvironmentGroupsArgs,
  checkSecurityGroups,
} from "../../components/environmentGroups";
import { record } from "../mocks";

/** Groups of an account, by their ids with their VPCs. */
const ACCOUNT: Readonly<Record<string, string>> = {
  "sg-00000001": "vpc-own",
  "sg-00000002": "vpc-other",
};

/** Checks settings beside a stack that is in the VPC, or in none yet. */
function check(args: Partial<EnvironmentGroupsArgs>, ownVpc?: string) {
  return record(
    () =>
      checkSecurityGroups({
        environment: [],
        admitted: [],
        vpcId: "",
        ownTags: { Project: "p", Stack: "s" },
        ...args,
      }),
    {
      functions: {
        "aws:ec2/getSecurityGroups:getSecurityGroups": ({ filters }) => {
          const [{ name, values }] = filters as { name: string; values: string[] }[];
          assert.equal(name, "group-id");
          const ids = values.filter((id) => id in ACCOUNT);
          return { ids, vpcIds: ids.map((id) => ACCOUNT[id]) };
        },
        "aws:ec2/getSubnets:getSubnets": ({ tags }) => {
          assert.deepEqual(tags, { Project: "p", Stack: "s" });
          return { ids: ownVpc === undefined ? [] : ["subnet-1"] };
        },
        "aws:ec2/getSubnet:getSubnet": () => ({ vpcId: ownVpc }),
      },
    },
  );
}

describe("security groups that settings name", () => {
  it("are not looked for where there are none", async () => {
    assert.deepEqual((await check({})).calls, []);
    assert.deepEqual((await check({ admitted: ["210987654321/sg-00000009"] })).calls, []);
  });

  it("are taken where they are there, those of the environment in its VPC", async () => {
    await check({ environment: ["sg-00000001"], admitted: ["sg-00000002"] }, "vpc-own");
  });

  it("are of the VPC that the settings name, where they name one", async () => {
    await check({ environment: ["sg-00000002"], vpcId: "vpc-other" });
    await assert.rejects(check({ environment: ["sg-00000001"], vpcId: "vpc-other" }), /vpc-own/);
  });

  it("are refused by their setting where the account does not have them", async () => {
    await assert.rejects(
      check({ environment: ["sg-00000009"] }, "vpc-own"),
      /^Error: securityGroupIds names sg-00000009, which the account does not have in this region/,
    );
    await assert.rejects(
      check({ admitted: ["sg-00000001", "sg-00000008"] }),
      /webserverIngress\.securityGroupIds names sg-00000008, which/,
    );
  });

  it("are refused where the environment is in another VPC, or in none yet", async () => {
    await assert.rejects(
      check({ environment: ["sg-00000001", "sg-00000002"] }, "vpc-own"),
      /sg-00000002 is of vpc-other; the environment is in vpc-own\. Name groups of that VPC/,
    );
    await assert.rejects(
      check({ environment: ["sg-00000001"] }),
      /the stack's VPC is not there yet\. Create the stack without them/,
    );
  });
});
