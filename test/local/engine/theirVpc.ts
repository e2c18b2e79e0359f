import type { PulumiCommand } from "@pulumi/pulumi/automation";

import { EMR_MANAGED_TAG } from "../../../components/emr/jobFlow";
import { Network } from "../../../components/network";
import type { Endpoint } from "../../../local/engine/endpoint";
import { LocalStack } from "../../../local/engine/stack";
import type { Home } from "../../../local/home";
import { LOCATION } from "../../policies";

/** CIDR blocks that are free in the VPC for Redshift's subnets. */
export const FREE_BLOCKS = ["10.60.10.0/24", "10.60.11.0/24"];

/**
 * The VPC of another team, as a stack of theirs makes it.
 *
 * @param home of their stack
 */
export function theirVpc(home: Home, pulumi: PulumiCommand, cloud: Endpoint): Promise<LocalStack> {
  return LocalStack.open({
    ...{ home, pulumi, cloud, onOutput: () => undefined, policyPack: null },
    // eslint-disable-next-line @typescript-eslint/require-await -- the engine wants a promise
    program: async () => {
      const { vpcId, privateSubnetIds } = new Network("theirs", {
        location: LOCATION,
        environmentName: "theirs",
        vpcCidr: "10.60.0.0/16",
        publicSubnetCidrs: ["10.60.1.0/24", "10.60.2.0/24"],
        privateSubnetCidrs: ["10.60.3.0/24", "10.60.4.0/24"],
        availabilityZones: ["us-east-1a", "us-east-1b"],
        natGateways: "Single",
        privateSubnetTags: EMR_MANAGED_TAG,
        logRetentionDays: 1,
      });
      return { vpcId, privateSubnetIds };
    },
  });
}

/** The setting `network` for the VPC of such a stack, once it is up. */
export async function networkOf(theirs: LocalStack) {
  const { vpcId, privateSubnetIds } = (await theirs.outputs()) as unknown as {
    vpcId: string;
    privateSubnetIds: string[];
  };
  return { vpcId, subnetIds: privateSubnetIds };
}
