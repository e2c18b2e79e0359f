import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface EnvironmentGroupsArgs {
  /** Groups of the environment beside the stack's own, by the setting `securityGroupIds`. */
  readonly environment: readonly string[];
  /** Groups that are admitted to its web server, by the setting `webserverIngress`. */
  readonly admitted: readonly string[];
  /** The VPC that the settings name; empty where the stack makes one. */
  readonly vpcId: string;
  /** Tags by which the stack's own subnets are found, and with them its VPC. */
  readonly ownTags: Readonly<Record<string, string>>;
}

/**
 * Looks up the security groups that a stack's settings name, before anything is created. Groups of another account
 * are not looked for: they are not shown to this one.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-security.html (the groups of an environment are of
 * its VPC)
 *
 * @throws {pulumi.RunError} naming those that are not there, and those of the environment that are of another VPC
 */
export async function checkSecurityGroups(args: EnvironmentGroupsArgs): Promise<void> {
  const admitted = args.admitted.filter((id) => !id.includes("/"));
  const named = [...new Set([...args.environment, ...admitted])];
  if (named.length === 0) {
    return;
  }
  const { ids, vpcIds } = await aws.ec2.getSecurityGroups({
    filters: [{ name: "group-id", values: named }],
  });
  const vpcOf = new Map(ids.map((id, index) => [id, vpcIds[index]]));
  const missing = named.filter((id) => !vpcOf.has(id));
  if (missing.length > 0) {
    const setting = missing.some((id) => args.environment.includes(id))
      ? "securityGroupIds"
      : "webserverIngress.securityGroupIds";
    throw new pulumi.RunError(
      `${setting} names ${missing.join(", ")}, which the account does not have in this region. Correct the ids, or ` +
        "create the groups first.",
    );
  }
  const own = args.environment.length === 0 ? undefined : await vpcOfStack(args);
  const elsewhere = args.environment.filter((id) => vpcOf.get(id) !== own);
  if (elsewhere.length > 0) {
    const places = elsewhere.map((id) => `${id} is of ${String(vpcOf.get(id))}`).join(", ");
    throw new pulumi.RunError(
      `securityGroupIds names groups of another VPC than the environment's: ${places}; ` +
        (own === undefined
          ? "the stack's VPC is not there yet. Create the stack without them, then create the groups in its VPC, the output vpcId."
          : `the environment is in ${own}. Name groups of that VPC.`),
    );
  }
}

/** The VPC that the settings name, or that the stack has made already. */
async function vpcOfStack({
  vpcId,
  ownTags: tags,
}: EnvironmentGroupsArgs): Promise<string | undefined> {
  if (vpcId !== "") {
    return vpcId;
  }
  const { ids } = await aws.ec2.getSubnets({ tags: { ...tags } });
  return ids.length === 0 ? undefined : (await aws.ec2.getSubnet({ id: ids[0] })).vpcId;
}
