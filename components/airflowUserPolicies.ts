import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AirflowUserRole, IamSettings } from "../checks/iam";
import { type Location, regionalArn } from "./location";
import { type PolicyDocument, policyDocument } from "./policyDocument";
import { pathOf } from "./roleDefaults";

export interface AirflowUserPoliciesArgs {
  readonly location: Location;
  readonly environmentName: string;
  /** Roles of Airflow's own; each gets a policy. */
  readonly roles: readonly AirflowUserRole[];
  readonly iam?: IamSettings;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * Managed policies for people and programs: each grants the web UI and the REST API with the role of Airflow's
 * that it is for. They are attached to users or roles outside of the stack.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/access-policies.html
 */
export class AirflowUserPolicies extends pulumi.ComponentResource {
  /** ARN of each policy, by Airflow's role. */
  public readonly arns: Readonly<Partial<Record<AirflowUserRole, pulumi.Output<string>>>>;

  public constructor(
    name: string,
    args: AirflowUserPoliciesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:roles:AirflowUserPolicies", name, {}, opts);
    this.arns = Object.fromEntries(
      args.roles.map((role) => [role, this.policy(name, role, args).arn]),
    );
    this.registerOutputs({ arns: this.arns });
  }

  private policy(
    name: string,
    role: AirflowUserRole,
    { location, environmentName, iam, tags }: AirflowUserPoliciesArgs,
  ): aws.iam.Policy {
    return new aws.iam.Policy(
      `${name}-${role.toLowerCase()}`,
      {
        name: userPolicyName(location, environmentName, role),
        description: `Airflow's interface of ${environmentName}, as ${role}`,
        policy: JSON.stringify(userPolicy(location, environmentName, role)),
        ...pathOf(iam),
        tags,
      },
      { parent: this },
    );
  }
}

/** Name of the policy for a role of Airflow's. It is the account's in all regions, hence the region. */
export function userPolicyName(
  { region }: Location,
  environmentName: string,
  role: AirflowUserRole,
): string {
  return `${environmentName}-${region}-airflow-${role.toLowerCase()}`;
}

/**
 * Permissions of whoever has a role of Airflow's: a log-in to its interface, and calls of its REST API that are signed
 * with AWS's credentials, which need no session.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/access-mwaa-apache-airflow-rest-api.html
 */
export function userPolicy(
  location: Location,
  environmentName: string,
  role: AirflowUserRole,
): PolicyDocument {
  return policyDocument({
    Sid: "UseAirflow",
    Effect: "Allow",
    Action: ["airflow:CreateWebLoginToken", "airflow:InvokeRestApi"],
    Resource: regionalArn(location, "airflow", `role/${environmentName}/${role}`),
  });
}
