import type { AnyRow, Properties } from "../../local/provider/aws/row";
import { ROWS } from "../local/provider/rows";

/** What a change of a resource is told by. */
export type DiffRow = Pick<
  AnyRow,
  "args" | "replaceOn" | "leftOut" | "update" | "alsoReplaces" | "autoName" | "volatile"
>;

const changeable = () => Promise.resolve();

/** A type that the laptop target does not have: its arguments are those that are given. */
const row = (
  replaceOn: readonly string[],
  leftOut: readonly string[] = [],
  named = false,
): Omit<DiffRow, "args"> => ({
  replaceOn,
  leftOut,
  update: changeable,
  ...(named ? { autoName: { input: "name", maxLength: 255 } } : {}),
});

/**
 * Types of a provisioned warehouse, which the laptop target does not have: what forces a replacement, and what is
 * Optional and Computed, in internal/service/redshift/ of hashicorp/terraform-provider-aws (cluster.go at
 * 00f12670ac, logging.go, parameter_group.go, subnet_group.go).
 */
const PROVISIONED: Readonly<Record<string, Omit<DiffRow, "args">>> = {
  "aws:redshift/cluster:Cluster": row(
    ["clusterIdentifier", "clusterSubnetGroupName", "masterUsername"],
    ["kmsKeyId", "masterPasswordSecretKmsKeyId", "iamRoles", "defaultIamRoleArn"],
  ),
  "aws:redshift/logging:Logging": row(["clusterIdentifier"]),
  "aws:redshift/parameterGroup:ParameterGroup": row(["description", "family", "name"], [], true),
  "aws:redshift/subnetGroup:SubnetGroup": row(["name"], [], true),
};

/** How a change of a resource of a type, between these inputs, is told. */
export function diffRow(type: string, ...inputs: readonly Properties[]): DiffRow {
  const own = (ROWS as Readonly<Record<string, AnyRow | undefined>>)[type];
  if (own !== undefined) {
    return own;
  }
  const other = (PROVISIONED as Readonly<Record<string, Omit<DiffRow, "args"> | undefined>>)[type];
  if (other === undefined) {
    throw new Error(`no row for ${type}: add what replaces it, from the provider's source`);
  }
  return { ...other, args: [...new Set(inputs.flatMap((one) => Object.keys(one)))] };
}
