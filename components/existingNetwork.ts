import * as pulumi from "@pulumi/pulumi";
import type { WebserverIngress } from "../checks/webserver";
import { createEnvironmentGroup } from "./environmentGroup";
import type { Location } from "./location";
import { createInterfaceEndpoints, createS3Endpoint } from "./networkEndpoints";

export interface ExistingNetworkArgs {
  readonly location: Location;
  /** Begins the names of what belongs to the environment. */
  readonly environmentName: string;
  readonly vpcId: string;
  /** The two private subnets that the environment is in. */
  readonly subnetIds: readonly string[];
  /** Groups of the environment; with none the stack makes one. */
  readonly securityGroupIds: readonly string[];
  /** Route tables that get a gateway endpoint for S3; with none there is no such endpoint. */
  readonly s3RouteTableIds: readonly string[];
  /** AWS services that get an interface endpoint, by the endpoint's name. */
  readonly interfaceEndpoints: Readonly<Record<string, string>>;
  readonly webserverIngress?: WebserverIngress;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The environment's network where the VPC is there already: what the stack adds to it, as its settings say. */
export class ExistingNetwork extends pulumi.ComponentResource {
  public readonly vpcId: pulumi.Output<string>;
  public readonly privateSubnetIds: pulumi.Output<string[]>;
  public readonly securityGroupIds: readonly pulumi.Input<string>[];
  public readonly endpointSecurityGroupId?: pulumi.Output<string>;
  public readonly routes: pulumi.Output<pulumi.Resource[]> = pulumi.output([]);

  public constructor(
    name: string,
    args: ExistingNetworkArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:network:ExistingNetwork", name, {}, opts);
    this.vpcId = pulumi.output(args.vpcId);
    this.privateSubnetIds = pulumi.output([...args.subnetIds]);
    this.securityGroupIds =
      args.securityGroupIds.length > 0
        ? args.securityGroupIds
        : [createEnvironmentGroup(`${name}-environment`, args, this)];
    if (args.s3RouteTableIds.length > 0) {
      createS3Endpoint(name, args, [...args.s3RouteTableIds], this);
    }
    this.endpointSecurityGroupId = createInterfaceEndpoints(
      name,
      { ...args, subnetIds: [...args.subnetIds], securityGroupId: this.securityGroupIds[0] },
      this,
    );
    this.registerOutputs({
      vpcId: this.vpcId,
      privateSubnetIds: this.privateSubnetIds,
      securityGroupIds: this.securityGroupIds,
      endpointSecurityGroupId: this.endpointSecurityGroupId,
    });
  }
}
