import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import type { UpdateNote } from "./lastUpdate";
import type { ConfiguredPipeline } from "./pipeline";
import type { Service } from "./plan";
import { servicesOf } from "./stackContext";

/** Managed policies that a role takes: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MOST_MANAGED = 10;

/** Services of the platform that give the execution role a policy themselves, whose name each ends. */
const GRANTING = ["emr"] as const satisfies readonly Service[];
export type GrantingService = (typeof GRANTING)[number];

/** Ends the name of the policy with the statements that a stack's settings give. */
export const OWN_STATEMENTS = "own";

/** Managed policies of the stack's own that its execution role gets, by the ends of their names. */
export function managedPolicies(
  pipelines: readonly ConfiguredPipeline[],
  settings: Pick<Settings, "services" | "taskStatements">,
): string[] {
  const services = servicesOf(pipelines, settings);
  return [
    ...pipelines.filter(({ policy }) => policy !== "inline").map(({ name }) => name),
    ...GRANTING.filter((service) => services.includes(service)),
    ...(settings.taskStatements.length > 0 ? [OWN_STATEMENTS] : []),
  ];
}

/**
 * Refuses more policies than a role takes, also while an update goes on: the engine attaches what is new before it
 * detaches what is old.
 *
 * @param last what the last update noted, with the policies that the role has
 * @throws {pulumi.RunError} where the role has not room for all
 */
export function refuseTooManyPolicies(
  last: Pick<UpdateNote, "executionRolePolicies"> | undefined,
  pipelines: readonly ConfiguredPipeline[],
  settings: Pick<
    Settings,
    "services" | "taskStatements" | "environment" | "executionRolePolicyArns"
  >,
): void {
  if (settings.environment.executionRoleArn !== undefined) {
    return;
  }
  const own = managedPolicies(pipelines, settings);
  const foreign = settings.executionRolePolicyArns;
  if (own.length + foreign.length > MOST_MANAGED) {
    throw new pulumi.RunError(
      `executionRolePolicyArns has ${foreign.length} policies, and the stack attaches ${own.length} of its own ` +
        `(${own.join(", ")}); a role takes ${MOST_MANAGED}; nothing was created or changed. Put what is needed of them ` +
        "into executionRoleStatements.",
    );
  }
  const leaving = (last?.executionRolePolicies ?? []).filter(
    (one) => ![...own, ...foreign].includes(one),
  );
  if (own.length + foreign.length + leaving.length > MOST_MANAGED) {
    throw new pulumi.RunError(
      `The execution role would have ${own.length + foreign.length + leaving.length} managed policies during this ` +
        `update, and a role takes ${MOST_MANAGED}; nothing was created or changed. New ones are attached before ` +
        `${leaving.join(", ")} ${leaving.length === 1 ? "is" : "are"} detached. Take these off first ` +
        "(executionRolePolicyArns, pipelines), run `pulumi up`, and then add the new ones.",
    );
  }
}
