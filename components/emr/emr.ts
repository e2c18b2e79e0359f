import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { EmrSettings } from "../../checks/emr";
import type { IamSettings } from "../../checks/iam";
import { rolePrefix } from "../../checks/names";
import type { Location } from "../location";
import { type Statement, serviceTrust } from "../policyDocument";
import { roleDefaults } from "../roleDefaults";
import { emrStatements } from "./callers";
import { type JobFlow, jobFlow } from "./jobFlow";
import { type NodeAccess, type Nodes, createNodes } from "./nodes";
import { emrService } from "./principals";
import { securityConfiguration } from "./securityConfiguration";
import { createSecurityGroups } from "./securityGroups";
import { servicePolicy } from "./servicePolicy";

export interface EmrArgs {
  readonly location: Location;
  /** Begins the names of what is created, and marks the clusters. */
  readonly environmentName: string;
  readonly vpcId: pulumi.Input<string>;
  /**
   * Private subnets, one per Availability Zone, in one of which EMR creates a cluster; they have to carry
   * `EMR_MANAGED_TAG`.
   */
  readonly subnetIds: pulumi.Input<readonly string[]>;
  /** Group of the stack's interface endpoints, which the nodes are admitted to; undefined where it makes none. */
  readonly endpointSecurityGroupId?: pulumi.Input<string>;
  /** Bucket whose `jobs/` holds the steps' scripts. */
  readonly airflowBucketName: string;
  /** Bucket of inputs, outputs and logs. */
  readonly dataBucketName: string;
  readonly emr: EmrSettings;
  /** What the nodes of each pipeline's clusters may do, by the purpose in the name of their role. */
  readonly nodes: Readonly<Record<string, NodeAccess>>;
  /** ARN of the key for S3, disks and logs. Default: S3's own key, and disks as the account has it. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly iam?: IamSettings;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What a pipeline's cluster is started with beside what all have. */
export interface ClusterArgs {
  /** Purpose in the name of the nodes' role. */
  readonly nodes: string;
  /** Steps that run side by side. Default: EMR's own, one. */
  readonly stepConcurrency?: number;
}

/**
 * All that EMR clusters of the pipelines need, so that EMR creates nothing by itself: roles, security
 * groups, security configuration. The clusters are created by DAGs, a cluster a run, by the request
 * that `jobFlow` gives.
 */
export class Emr extends pulumi.ComponentResource {
  /** Role that EMR works as. */
  public readonly serviceRoleArn: pulumi.Output<string>;
  public readonly securityConfigurationName: pulumi.Output<string>;
  /** What tasks may do: create, use and terminate the environment's clusters. */
  public readonly statements: pulumi.Output<Statement[]>;
  /** Roles of the nodes, by their purpose. */
  public readonly nodes: Readonly<Record<string, Nodes>>;
  private readonly request: pulumi.Output<
    Omit<Parameters<typeof jobFlow>[0], "instanceProfileName">
  >;

  public constructor(name: string, args: EmrArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mwaa:emr:Emr", name, {}, opts);
    this.nodes = Object.fromEntries(
      Object.entries(args.nodes).map(([purpose, access]) => [
        purpose,
        createNodes(
          { ...args, purpose, access, certificateObject: args.emr.certificateObject },
          this,
        ),
      ]),
    );
    const nodeRoleArns = pulumi.all(Object.values(this.nodes).map(({ roleArn }) => roleArn));
    const serviceRole = this.serviceRole(name, args, nodeRoleArns);
    const groups = createSecurityGroups(name, args, this);
    const security = new aws.emr.SecurityConfiguration(
      `${name}-security`,
      {
        namePrefix: `${args.environmentName}-`,
        configuration: pulumi
          .output(args.kmsKeyArn)
          .apply((kmsKeyArn) =>
            JSON.stringify(
              securityConfiguration({ kmsKeyArn, certificateObject: args.emr.certificateObject }),
            ),
          ),
      },
      { parent: this },
    );
    this.serviceRoleArn = serviceRole.arn;
    this.securityConfigurationName = security.name;
    const { location, environmentName } = args;
    this.statements = pulumi
      .all([serviceRole.arn, nodeRoleArns])
      .apply(([serviceRoleArn, roles]) =>
        emrStatements({ location, environmentName, serviceRoleArn, nodeRoleArns: roles }),
      );
    this.request = pulumi
      .output({
        subnetIds: args.subnetIds,
        kmsKeyArn: args.kmsKeyArn,
        serviceRoleArn: serviceRole.arn,
        securityConfigurationName: security.name,
        masterGroupId: groups.master.id,
        coreGroupId: groups.core.id,
        serviceAccessGroupId: groups.serviceAccess.id,
      })
      .apply((made) => ({ ...args, ...made }));
    this.registerOutputs({
      serviceRoleArn: this.serviceRoleArn,
      securityConfigurationName: this.securityConfigurationName,
    });
  }

  /**
   * RunJobFlow's request for a pipeline's cluster, without `Name` and `Steps`.
   *
   * Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html
   *
   * @throws when the pipeline has planned no such nodes
   */
  public jobFlow({ nodes, stepConcurrency }: ClusterArgs): pulumi.Output<JobFlow> {
    const known = this.nodes[nodes] as Nodes | undefined;
    if (known === undefined) {
      throw new pulumi.RunError(
        `There are no nodes ${nodes}; there are: ${Object.keys(this.nodes).join(", ")}. ` +
          "Name the role in the pipeline's plan.",
      );
    }
    return pulumi
      .all([this.request, known.instanceProfileName])
      .apply(([request, instanceProfileName]) =>
        jobFlow({ ...request, instanceProfileName, stepConcurrency }),
      );
  }

  private serviceRole(
    name: string,
    args: EmrArgs,
    nodeRoleArns: pulumi.Output<string[]>,
  ): aws.iam.Role {
    const { location, environmentName } = args;
    const role = new aws.iam.Role(
      `${name}-service`,
      {
        namePrefix: rolePrefix(environmentName, "emr"),
        description: `EMR service role of ${environmentName}: creates and terminates clusters`,
        assumeRolePolicy: JSON.stringify(serviceTrust(location.accountId, emrService(location))),
        ...roleDefaults(args.iam),
        tags: args.tags,
      },
      { parent: this },
    );
    new aws.iam.RolePolicyAttachment(
      `${name}-service`,
      {
        role: role.name,
        policyArn: `arn:${location.partition}:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2`,
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      `${name}-service`,
      {
        role: role.name,
        policy: pulumi.all([nodeRoleArns, args.kmsKeyArn]).apply(([passed, kmsKeyArn]) =>
          JSON.stringify(
            servicePolicy({
              location,
              nodeRoleArns: passed,
              coreMarket: args.emr.coreMarket,
              kmsKeyArn,
            }),
          ),
        ),
      },
      { parent: this },
    );
    return role;
  }
}
