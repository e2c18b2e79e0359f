import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { DeploymentRoles } from "./deploymentRoles";
import { readStack } from "./stackSettings";

/** Outputs of a stack of roles. */
interface StackOutputs {
  /** Repository variable `AWS_PREVIEW_ROLE_ARN_<STACK>`. */
  readonly previewRoleArn: pulumi.Output<string>;
  /** Variable `AWS_UP_ROLE_ARN` of the stack's GitHub environment. */
  readonly upRoleArn: pulumi.Output<string>;
  /** Variable `AWS_DAGS_ROLE_ARN` of the GitHub environment `<stack>-dags`, where the stack's DAG files are deployed apart. */
  readonly dagsRoleArn?: pulumi.Output<string>;
  /** `providerArn` of the next stack in the same account. */
  readonly providerArn: pulumi.Output<string>;
}

/**
 * Makes the roles of the workflows for one stack of the program: the one of the same name. Exported as a
 * function, so that it can run more than once in a process.
 *
 * @throws where the stack is not one of the program's, or a setting is wrong, before anything is registered
 */
async function program(): Promise<StackOutputs> {
  const config = new pulumi.Config();
  const optional = (key: string): string | undefined => config.get(key) || undefined;
  const [{ accountId }, { partition, dnsSuffix }] = await Promise.all([
    aws.getCallerIdentity(),
    aws.getPartition(),
  ]);
  const { previewRoleArn, upRoleArn, dagsRoleArn, providerArn } = new DeploymentRoles("github", {
    program: readStack(pulumi.getStack(), { partition, dnsSuffix, accountId }),
    repository: config.require("repository"),
    branch: optional("branch") ?? "main",
    providerArn: optional("providerArn"),
    stateBucketName: optional("stateBucketName"),
    stateKeyArn: optional("stateKeyArn"),
    permissionsBoundaryArn: optional("permissionsBoundaryArn"),
  });
  return {
    previewRoleArn,
    upRoleArn,
    ...(dagsRoleArn === undefined ? {} : { dagsRoleArn }),
    providerArn,
  };
}

export = program;
