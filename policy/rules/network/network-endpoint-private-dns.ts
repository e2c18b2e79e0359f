import { ResourceRule } from "../../rule";
import { VPC_ENDPOINT, awsService } from "../../endpoints";

/** An interface endpoint of an AWS service answers to the service's own name. */
export const networkEndpointPrivateDns: ResourceRule = {
  name: "network-endpoint-private-dns",
  description: "Interface endpoints of AWS services have private DNS enabled.",
  severity: "medium",
  reason:
    "Without it the service's usual name still leads to its public addresses, so that Airflow and the SDKs go " +
    "round the endpoint, or hang where there is no NAT gateway.",
  remediationSteps:
    "Set privateDnsEnabled: true on the endpoint, and enableDnsSupport and enableDnsHostnames on its VPC.",
  url: "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
  parameters: {
    exempt: {
      type: "array",
      items: { type: "string" },
      description: "Services whose endpoints offer no private DNS.",
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/privatelink-streams.html
      default: ["dynamodb-streams"],
    },
  },
  types: [VPC_ENDPOINT],
  check: ({ props, name }, report, { exempt }) => {
    if (props.vpcEndpointType !== "Interface") {
      return;
    }
    const service = awsService({ props });
    const enabled = (props.privateDnsEnabled as boolean | undefined) ?? false;
    if (service !== undefined && !(exempt as string[]).includes(service) && !enabled) {
      report(
        `${name} is an interface endpoint of ${service} and its privateDnsEnabled is ${String(enabled)}; ` +
          "true is needed.",
      );
    }
  },
};
