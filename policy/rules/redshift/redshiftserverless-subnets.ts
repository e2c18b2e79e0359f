import { WORKGROUP, countOf, isOn } from "../../redshift";
import { StackRule } from "../../rule";
import { meant } from "../../meant";
import { SUBNET_TYPES, zoneOf } from "../../vpcs";
import { Undecided, known } from "../../unknown";

const PLAIN = 2;
const ENHANCED = 3;

/** A workgroup has subnets in as many zones as the service asks for. */
export const redshiftserverlessSubnets: StackRule = {
  name: "redshiftserverless-subnets",
  description:
    "The subnets that a Redshift Serverless workgroup names are at least two in two zones, with enhanced VPC " +
    "routing three in three.",
  severity: "high",
  reason:
    "The service refuses fewer. Where none is named it takes those of the default VPC, which are public.",
  remediationSteps:
    "Give subnetIds of the aws.redshiftserverless.Workgroup one subnet of each of three zones (two " +
    "without enhanced VPC routing).",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-usage-considerations.html",
  parameters: {
    named: {
      type: "boolean",
      description: "Whether subnets have to be named at all.",
      default: false,
    },
  },
  subjects: (graph) => graph.ofType(WORKGROUP),
  checkInStack: (workgroup, graph, report, { named }) => {
    const routing = known(() => ({ on: isOn(workgroup.props.enhancedVpcRouting) }));
    // Computed where the program does not give it, and then off.
    const isEnhanced = routing?.on ?? false;
    const needed = isEnhanced ? ENHANCED : PLAIN;
    const because = isEnhanced ? " with enhanced VPC routing" : "";
    const { resources, exact } = meant(graph, workgroup, "subnetIds", ...SUBNET_TYPES);
    const count = countOf(workgroup, "subnetIds") ?? (exact ? resources.length : undefined);
    if (count === undefined) {
      throw new Undecided(`the subnets of ${workgroup.name} are not known yet`);
    }
    if (count === 0 && named !== true) {
      return;
    }
    if (count < needed) {
      report(
        `subnetIds of the workgroup ${workgroup.name} has ${count} subnets; at least ${needed} are needed${because}.`,
      );
      return;
    }
    const zones = resources.map(zoneOf);
    const distinct = new Set(zones);
    if (!exact || distinct.has(undefined)) {
      throw new Undecided(`the zones of the subnets of ${workgroup.name} cannot be seen here`);
    }
    if (distinct.size < needed) {
      report(
        `The subnets of the workgroup ${workgroup.name} are in ${[...distinct].join(", ")}; at least ` +
          `${needed} zones are needed${because}.`,
      );
    }
  },
};
