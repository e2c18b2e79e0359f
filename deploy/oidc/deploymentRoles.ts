import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { policyDocument } from "../../components/policyDocument";
import type { Area } from "./permissions/area";
import { delegation } from "./permissions/delegation";
import { identity } from "./permissions/identity";
import { network } from "./permissions/network";
import { airflow, encryption, operations, pipelines, warehouse } from "./permissions/services";
import { state } from "./permissions/state";
import { storage } from "./permissions/storage";
import type { ProgramStack } from "./stackSettings";
import { AUDIENCE, ISSUER, checkTrust, previewTrust, upTrust } from "./trust";

/** Seconds that a job may work as the role that changes the stack: as long as its job may take. */
export const UP_SECONDS = 4 * 60 * 60;

export interface DeploymentRolesArgs {
  /** The stack that the roles are for. */
  readonly program: ProgramStack;
  /** As in the tokens' `sub`: `owner/name`, or `owner@id/name@id`. */
  readonly repository: string;
  /** Branch that the stack is brought up from. */
  readonly branch: string;
  /** ARN of GitHub's OpenID Connect provider. Default: one is made, of which an account has one only. */
  readonly providerArn?: string;
  /** Bucket of the state. Default: it is in Pulumi Cloud. */
  readonly stateBucketName?: string;
  /** ARN of the KMS key of the state's secrets, and of its bucket. */
  readonly stateKeyArn?: string;
  /** ARN of the policy that is both roles' permissions boundary. Default: none. */
  readonly permissionsBoundaryArn?: string;
}

/**
 * The two roles that the workflows work as on one stack, and what GitHub's tokens are known by.
 *
 * @throws RangeError where repository or branch would admit others than are meant
 */
export class DeploymentRoles extends pulumi.ComponentResource {
  /** Reads the stack and its state: for pull requests and the nightly look for drift. */
  public readonly previewRoleArn: pulumi.Output<string>;
  /** Changes the stack: for jobs on the branch in the stack's GitHub environment. */
  public readonly upRoleArn: pulumi.Output<string>;
  public readonly providerArn: pulumi.Output<string>;

  public constructor(
    name: string,
    args: DeploymentRolesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:deploy:DeploymentRoles", name, {}, opts);
    checkTrust(args);
    const { program, repository, branch } = args;
    this.providerArn = this.provider(name, args);
    const trust = this.providerArn.apply((providerArn) => {
      const trusted = { providerArn, repository, branch };
      return { preview: previewTrust(trusted), up: upTrust(trusted, program.stack) };
    });
    const preview = this.role(`${name}-preview`, args, {
      description: `Previews ${program.stack} and looks for drift: reads only`,
      trust: trust.preview,
    });
    const up = this.role(`${name}-up`, args, {
      description: `Brings ${program.stack} up`,
      trust: trust.up,
      maxSessionDuration: UP_SECONDS,
    });
    for (const [area, { read, write }] of Object.entries(permissions(args))) {
      if (read.length > 0) {
        const policy = this.policy(`${name}-${area}-read`, args, read);
        this.attach(`${name}-preview-${area}-read`, preview, policy);
        this.attach(`${name}-up-${area}-read`, up, policy);
      }
      if (write.length > 0) {
        this.attach(`${name}-up-${area}`, up, this.policy(`${name}-${area}`, args, write));
      }
    }
    this.previewRoleArn = preview.arn;
    this.upRoleArn = up.arn;
    this.registerOutputs({
      previewRoleArn: this.previewRoleArn,
      upRoleArn: this.upRoleArn,
      providerArn: this.providerArn,
    });
  }

  /** AWS knows GitHub's certificate by its authority, so that no fingerprint of it is kept here. */
  private provider(name: string, args: DeploymentRolesArgs): pulumi.Output<string> {
    if (args.providerArn !== undefined) {
      return pulumi.output(args.providerArn);
    }
    const { arn } = new aws.iam.OpenIdConnectProvider(
      `${name}-github`,
      {
        url: `https://${ISSUER}`,
        clientIdLists: [AUDIENCE],
        tags: tagsOf(args),
      },
      { parent: this },
    );
    return arn;
  }

  private role(
    name: string,
    args: DeploymentRolesArgs,
    given: {
      readonly description: string;
      readonly trust: pulumi.Output<object>;
      readonly maxSessionDuration?: number;
    },
  ): aws.iam.Role {
    return new aws.iam.Role(
      name,
      {
        description: given.description,
        assumeRolePolicy: given.trust.apply((document) => JSON.stringify(document)),
        maxSessionDuration: given.maxSessionDuration,
        permissionsBoundary: args.permissionsBoundaryArn,
        tags: tagsOf(args),
      },
      { parent: this },
    );
  }

  /** Not inline: together they are longer than a role's inline policies may be. */
  private policy(
    name: string,
    args: DeploymentRolesArgs,
    statements: Area["read"],
  ): aws.iam.Policy {
    return new aws.iam.Policy(
      name,
      {
        description: `Deployment of ${args.program.stack}`,
        policy: JSON.stringify(policyDocument(...statements)),
        tags: tagsOf(args),
      },
      { parent: this },
    );
  }

  private attach(name: string, role: aws.iam.Role, policy: aws.iam.Policy): void {
    new aws.iam.RolePolicyAttachment(
      name,
      { role: role.name, policyArn: policy.arn },
      { parent: this },
    );
  }
}

/**
 * What the roles may do, in as many policies as a role may have and each no longer than it may be.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function permissions(
  args: Pick<DeploymentRolesArgs, "program" | "stateBucketName" | "stateKeyArn">,
): Readonly<Record<"network" | "data" | "services" | "identity" | "delegation", Area>> {
  const { program, stateBucketName: bucketName, stateKeyArn: keyArn } = args;
  const { stack, location } = program;
  return {
    network: network(program),
    data: together(
      state({ stack, location, bucketName, keyArn }),
      storage(program),
      encryption(program),
    ),
    services: together(
      airflow(program),
      operations(program),
      pipelines(program),
      warehouse(program),
    ),
    identity: identity(program),
    delegation: delegation(program),
  };
}

function together(...areas: readonly Area[]): Area {
  return {
    read: areas.flatMap(({ read }) => read),
    write: areas.flatMap(({ write }) => write),
  };
}

function tagsOf({ program }: DeploymentRolesArgs): Record<string, string> {
  const { stack, settings } = program;
  return {
    ...settings.tags,
    // Never the program's: what has that is what the up role may change.
    Project: pulumi.getProject(),
    Stack: stack,
    Environment: settings.environment.name,
  };
}
