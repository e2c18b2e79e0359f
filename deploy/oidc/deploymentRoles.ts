import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { type Statement, policyDocument } from "../../components/policyDocument";
import { type Area, withResources } from "./permissions/area";
import { dags } from "./permissions/dags";
import { delegation } from "./permissions/delegation";
import { identity, pipelineIdentity } from "./permissions/identity";
import { network } from "./permissions/network";
import { pipelines } from "./permissions/pipelines";
import { policies } from "./permissions/policies";
import { airflow, encryption, operations } from "./permissions/services";
import { state } from "./permissions/state";
import { storage } from "./permissions/storage";
import { warehouse } from "./permissions/warehouse";
import type { ProgramStack } from "./stackSettings";
import { AUDIENCE, ISSUER, checkTrust, dagsTrust, previewTrust, upTrust } from "./trust";

/**
 * Characters of a managed policy, without white space.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MAX_POLICY_LENGTH = 6144;

/** Seconds that a job may work as the role that changes the stack: as long as its job may take. */
export const UP_SECONDS = 4 * 60 * 60;

export interface DeploymentRolesArgs {
  /** The stack that the roles are for. */
  readonly program: ProgramStack;
  /** As in the tokens' `sub`: `owner/name`, or `owner@id/name@id`. */
  readonly repository: string;
  /** Branch that the stack is brought up from. */
  readonly branch: string;
  /** ARN of GitHub's OpenID Connect provider. Default: one is created, of which an account has one only. */
  readonly providerArn?: string;
  /** Bucket of the state. Default: it is in Pulumi Cloud. */
  readonly stateBucketName?: string;
  /** ARN of the KMS key of the state's secrets, and of its bucket. */
  readonly stateKeyArn?: string;
  /** ARN of the policy that is both roles' permissions boundary. Default: none. */
  readonly permissionsBoundaryArn?: string;
}

/**
 * The roles that the workflows work as on one stack, and what GitHub's tokens are known by.
 *
 * @throws RangeError where repository or branch would admit others than are meant, or where the stack's names
 *   make a policy longer than IAM takes it
 */
export class DeploymentRoles extends pulumi.ComponentResource {
  /** Reads the stack and its state: for pull requests and the nightly look for drift. */
  public readonly previewRoleArn: pulumi.Output<string>;
  /** Changes the stack: for jobs on the branch in the stack's GitHub environment. */
  public readonly upRoleArn: pulumi.Output<string>;
  /** Deploys DAG files, where the stack does not upload them itself. */
  public readonly dagsRoleArn?: pulumi.Output<string>;
  public readonly providerArn: pulumi.Output<string>;

  public constructor(
    name: string,
    args: DeploymentRolesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:deploy:DeploymentRoles", name, {}, opts);
    checkTrust(args);
    const { program, repository, branch } = args;
    const { read, write } = permissions(args);
    checkLengths({ ...suffixed(read, "-read"), ...write });
    this.providerArn = this.provider(name, args);
    const trust = this.providerArn.apply((providerArn) => {
      const trusted = { providerArn, repository, branch };
      return {
        preview: previewTrust(trusted),
        up: upTrust(trusted, program.stack),
        dags: dagsTrust(trusted, program.stack),
      };
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
    for (const [area, statements] of Object.entries(read)) {
      const policy = this.policy(`${name}-${area}-read`, args, statements);
      this.attach(`${name}-preview-${area}-read`, preview, policy);
      this.attach(`${name}-up-${area}-read`, up, policy);
    }
    for (const [area, statements] of Object.entries(write)) {
      this.attach(`${name}-up-${area}`, up, this.policy(`${name}-${area}`, args, statements));
    }
    if (program.settings.files.dags === "external") {
      const role = this.role(`${name}-dags`, args, {
        description: `Deploys the DAG files of ${program.stack}`,
        trust: trust.dags,
      });
      this.attach(`${name}-dags`, role, this.policy(`${name}-dags`, args, dags(program)));
      this.dagsRoleArn = role.arn;
    }
    this.previewRoleArn = preview.arn;
    this.upRoleArn = up.arn;
    this.registerOutputs({
      previewRoleArn: this.previewRoleArn,
      upRoleArn: this.upRoleArn,
      dagsRoleArn: this.dagsRoleArn,
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
    statements: readonly Statement[],
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
 * What the roles may do, by policy: `read`, which both have, and `write`, which only the one that brings the
 * stack up has. It gets all of them, and so are they cut: ten for a role, and each with room for the longest
 * names.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function permissions(
  args: Pick<DeploymentRolesArgs, "program" | "stateBucketName" | "stateKeyArn">,
): Readonly<Record<"read" | "write", Readonly<Record<string, readonly Statement[]>>>> {
  const { program, stateBucketName: bucketName, stateKeyArn: keyArn } = args;
  const { project, stack, location } = program;
  const inState = state({ project, stack, location, bucketName, keyArn });
  const inNetwork = network(program);
  const inStorage = [storage(program), encryption(program)];
  const inOperations = [airflow(program), operations(program)];
  const inPipelines = [pipelines(program), warehouse(program)];
  const inIdentity = identity(program);
  const ofPipelines = pipelineIdentity(program);
  const inPolicies = policies(program);
  const of = (use: keyof Area, ...areas: readonly Area[]): Statement[] =>
    withResources(areas.flatMap((area) => area[use]));
  return {
    read: notEmpty({
      data: of("read", inState, ...inStorage),
      services: of("read", ...inOperations, ...inPipelines),
      identity: of("read", inNetwork, inIdentity, ofPipelines, inPolicies),
    }),
    write: notEmpty({
      network: of("write", inNetwork),
      data: of("write", ...inStorage),
      operations: of("write", inState, ...inOperations),
      services: of("write", ...inPipelines),
      identity: of("write", inIdentity),
      pipelines: of("write", ofPipelines),
      delegation: of("write", delegation(program), inPolicies),
    }),
  };
}

/** The policies that have a statement: a stack without pipelines has none for their roles. */
function notEmpty(
  policies: Readonly<Record<string, readonly Statement[]>>,
): Readonly<Record<string, readonly Statement[]>> {
  return Object.fromEntries(
    Object.entries(policies).filter(([, statements]) => statements.length > 0),
  );
}

/** Refuses, before anything is created, a policy that IAM would refuse. */
function checkLengths(policies: Readonly<Record<string, readonly Statement[]>>): void {
  for (const [name, statements] of Object.entries(policies)) {
    const { length } = JSON.stringify(policyDocument(...statements));
    if (length > MAX_POLICY_LENGTH) {
      throw new RangeError(
        `The policy ${name} of the deployment roles has ${length} characters; allowed: ${MAX_POLICY_LENGTH}. ` +
          "Shorten the stack's iam.path, iam.permissionsBoundary, or the tags Project and Stack.",
      );
    }
  }
}

function suffixed<T>(values: Readonly<Record<string, T>>, suffix: string): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, one]) => [name + suffix, one]));
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
