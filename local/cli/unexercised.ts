import { servicesOf } from "../../components/stackContext";
import type { UnexercisedGrant } from "../../components/policyDocument";
import { platformUnexercised } from "../../components/unexercised";
import { type ProgramStack, pipelinesOf } from "../../deploy/oidc/stackSettings";
import { type Grant, isUsed } from "./access";

/** Statements that settings give, each with the setting, and AWS's page. */
const OF_SETTINGS: readonly (readonly [string, string, string])[] = [
  ...["ReadConnections", "DecryptConnections"].map(
    (statement) =>
      [
        statement,
        "connections",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html",
      ] as const,
  ),
  ...["ReadSecrets", "DecryptSecrets"].map(
    (statement) =>
      [
        statement,
        "airflowConfigurationOptions",
        "https://docs.aws.amazon.com/mwaa/latest/userguide/connections-secrets-manager.html",
      ] as const,
  ),
];

/** What of a grant decides whether it is on the list. */
export interface Named {
  /** Name of the role. */
  readonly role: string;
  /** Sid of the statement. */
  readonly statement: string;
  readonly action: string;
  readonly resource: string;
}

/** Why no run of a stack's DAGs uses some grants, as the platform and the listed pipelines tell it. */
export class Unexercised {
  /** @param listed what is told beside the statements */
  public constructor(private readonly listed: readonly UnexercisedGrant[]) {}

  /** What the platform and the pipelines that the stack lists tell. */
  public static of(program: ProgramStack): Unexercised {
    const pipelines = pipelinesOf(program).filter(({ name }) =>
      program.settings.pipelines.includes(name),
    );
    return new Unexercised([
      ...pipelines.flatMap(({ unexercised = [] }) => unexercised),
      ...platformUnexercised(servicesOf(pipelines, program.settings)),
      ...OF_SETTINGS.map(([statement, setting, source]) => ({
        statement,
        role: "execution",
        reason: `the setting ${setting} gives it: runs of one's own DAGs use it`,
        otherRuns: true,
        source,
      })),
      ...program.settings.taskStatements.map(({ Sid }) => ({
        statement: Sid,
        role: "execution",
        reason: "the setting executionRoleStatements gives it: runs of one's own DAGs use it",
        otherRuns: true,
        source: "https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html",
      })),
    ]);
  }

  /** Why no run uses a grant; undefined where one should. */
  public reasonFor(grant: Named): UnexercisedGrant | undefined {
    return this.listed.find((listed) => covers(listed, grant));
  }

  /** Entries for what no run uses that none of the grants needs, by their statement: they would hide a grant. */
  public staleEntries(grants: readonly Grant[]): string[] {
    return this.listed
      .filter((listed) => {
        const covered = grants.filter((grant) => covers(listed, grant));
        return (
          listed.otherRuns !== true &&
          covered.every(isUsed) &&
          (covered.length > 0 || listed.bySettings !== true)
        );
      })
      .map(({ statement, role }) => (role === undefined ? statement : `${statement} of ${role}`));
  }
}

function covers(listed: UnexercisedGrant, { role, statement, action, resource }: Named): boolean {
  return (
    listed.statement === statement &&
    (listed.role === undefined || role.includes(`-${listed.role}-`)) &&
    (listed.actions === undefined || listed.actions.includes(action)) &&
    (listed.resource === undefined || resource.includes(listed.resource))
  );
}
