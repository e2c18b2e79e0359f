import { fitName } from "../checks/names";

/**
 * Name of namespace, workgroup or cluster: the environment's, as Redshift allows it.
 *
 * Source: https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html
 */
export function targetName(environmentName: string): string {
  return fitName(environmentName, { maxLength: 63, filler: "-" });
}

/** Patterns of the names of the audit logs' groups, for either kind of target. */
export function auditLogPatterns(environmentName: string): string[] {
  const name = targetName(environmentName);
  return [`${serverlessLogs(name)}/*`, `${clusterLogs(name)}/*`];
}

/** https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-audit-logging.html */
export function serverlessLogs(namespaceName: string): string {
  return `/aws/redshift/${namespaceName}`;
}

/** https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing-manage-log-files.html */
export function clusterLogs(clusterIdentifier: string): string {
  return `/aws/redshift/cluster/${clusterIdentifier}`;
}
