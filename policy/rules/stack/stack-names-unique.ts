import { PolicyResource } from "@pulumi/policy";

import { mayShareRegion } from "../../region";
import { StackRule } from "../../rule";
import { known } from "../../unknown";

/** Types that AWS takes each name of once, with the property of the name. */
const NAMED: Readonly<Record<string, string | undefined>> = {
  "aws:athena/workgroup:Workgroup": "name",
  "aws:cloudwatch/logGroup:LogGroup": "name",
  "aws:dynamodb/table:Table": "name",
  "aws:ecr/repository:Repository": "name",
  "aws:ecs/cluster:Cluster": "name",
  "aws:emr/securityConfiguration:SecurityConfiguration": "name",
  "aws:glue/catalogDatabase:CatalogDatabase": "name",
  "aws:glue/crawler:Crawler": "name",
  "aws:glue/job:Job": "name",
  "aws:glue/securityConfiguration:SecurityConfiguration": "name",
  "aws:iam/instanceProfile:InstanceProfile": "name",
  "aws:iam/policy:Policy": "name",
  "aws:iam/role:Role": "name",
  "aws:iam/user:User": "name",
  "aws:kms/alias:Alias": "name",
  "aws:lambda/function:Function": "name",
  "aws:mwaa/environment:Environment": "name",
  "aws:redshift/cluster:Cluster": "clusterIdentifier",
  "aws:redshiftserverless/namespace:Namespace": "namespaceName",
  "aws:redshiftserverless/workgroup:Workgroup": "workgroupName",
  "aws:s3/bucket:Bucket": "bucket",
  "aws:s3/bucketV2:BucketV2": "bucket",
  "aws:secretsmanager/secret:Secret": "name",
  "aws:sfn/stateMachine:StateMachine": "name",
  "aws:ssm/parameter:Parameter": "name",
};

/** Types of which one name is one resource, in whichever region: those of the account, and buckets of all accounts. */
const GLOBAL = /^aws:(iam|s3)\//;

/** No two resources of a stack want one name. */
export const stackNamesUnique: StackRule = {
  name: "stack-names-unique",
  description:
    "No two resources of a type that AWS takes each name of once have one name, in one account and region.",
  severity: "high",
  reason:
    "AWS refuses the second one because it is there already, in the middle of the update, or the two overwrite " +
    "one another.",
  remediationSteps:
    "Give one of the two another name, or leave the name out: the provider makes up a name of its own.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
  subjects: (graph) => graph.ofType(...Object.keys(NAMED)),
  checkInStack: (resource, graph, report) => {
    const name = nameOf(resource);
    if (name === undefined) {
      // Unknown names are those that the provider makes up, or another resource's, which has one of its own.
      return;
    }
    const all = graph.once("by name", undefined, () => {
      const index = new Map<string, PolicyResource[]>();
      for (const one of graph.ofType(...Object.keys(NAMED))) {
        const key = keyOf(one);
        if (key !== undefined) {
          index.set(key, [...(index.get(key) ?? []), one]);
        }
      }
      return index;
    });
    const same = all.get(keyOf(resource) ?? "") ?? [];
    const earlier = same
      .slice(
        0,
        same.findIndex(({ urn }) => urn === resource.urn),
      )
      .find((other) => shareAccount(other, resource));
    if (earlier !== undefined) {
      report(
        `${resource.name} and ${earlier.name} are both called "${name}"; AWS takes one of that name.`,
      );
    }
  },
};

function nameOf({ type, props }: PolicyResource): string | undefined {
  const value = known(() => (props as Record<string, unknown>)[NAMED[type] ?? "name"]);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What is equal of two that clash: buckets of both types, and IAM's names whatever their letters' case. */
function keyOf(resource: PolicyResource): string | undefined {
  const name = nameOf(resource);
  const type = resource.type.replace("bucketV2:BucketV2", "bucket:Bucket");
  return name === undefined
    ? undefined
    : `${type} ${type.startsWith("aws:iam/") ? name.toLowerCase() : name}`;
}

/** An explicit provider may be for another account. */
function shareAccount(a: PolicyResource, b: PolicyResource): boolean {
  const isOneProvider = a.provider?.urn === b.provider?.urn;
  return isOneProvider && (GLOBAL.test(a.type) || mayShareRegion(a, b));
}
