import { PolicyResource } from "@pulumi/policy";

import { StackRule } from "../../rule";
import { VPC_ENDPOINT, isInterface } from "../../endpoints";
import { isComputed, meant } from "../../meant";
import { VPC_TYPES } from "../../vpcs";
import { Undecided, known } from "../../unknown";

/** An endpoint's private name is answered in its VPC. */
export const networkEndpointVpcDns: StackRule = {
  name: "network-endpoint-vpc-dns",
  description:
    "The VPC of every interface endpoint with private DNS has enableDnsSupport and enableDnsHostnames.",
  severity: "high",
  reason:
    "AWS refuses to create such an endpoint in a VPC without both, in the middle of the update.",
  remediationSteps:
    "Set enableDnsHostnames: true, and not enableDnsSupport: false, on the aws.ec2.Vpc.",
  url: "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
  subjects: (graph) => graph.ofType(VPC_ENDPOINT),
  checkInStack: (endpoint, graph, report) => {
    if (!isInterface(endpoint) || endpoint.props.privateDnsEnabled !== true) {
      return;
    }
    const { resources, exact } = meant(graph, endpoint, "vpcId", ...VPC_TYPES);
    for (const vpc of resources) {
      const missing = missingAttributes(vpc);
      if (missing.length > 0 && !exact) {
        throw new Undecided(`which VPC ${endpoint.name} is in is not known yet`);
      }
      if (missing.length > 0) {
        report(
          `${endpoint.name} has private DNS, and its VPC ${vpc.name} has ${missing.join(" and ")} off; set ` +
            "them to true on the VPC.",
        );
      }
    }
  },
};

/** A VPC has support where it does not say, and host names only where it does; the account's default one has both. */
function missingAttributes(vpc: PolicyResource): string[] {
  const isNew = vpc.type === VPC_TYPES[0];
  const isOff = (property: string, byDefault: boolean): boolean => {
    const value = known(() => ({ is: vpc.props[property] as boolean | undefined | null }));
    if (value === undefined && isComputed(vpc, property)) {
      throw new Undecided(`${property} of the VPC ${vpc.name} is not known yet`);
    }
    return !(value?.is ?? byDefault);
  };
  return [
    ...(isOff("enableDnsSupport", true) ? ["enableDnsSupport"] : []),
    ...(isOff("enableDnsHostnames", !isNew) ? ["enableDnsHostnames"] : []),
  ];
}
