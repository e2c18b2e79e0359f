import type { Statement } from "../../../components/policyDocument";
import type { ProgramStack } from "../stackSettings";

/**
 * What the roles may do in one part of AWS. Both roles have `read`, which is what a preview and a refresh
 * call; only the one that brings the stack up has `write`.
 */
export interface Area {
  readonly read: readonly Statement[];
  readonly write: readonly Statement[];
}

/** Actions that are allowed on what is named. */
export function allow(
  Sid: string,
  actions: readonly string[],
  resources: string | readonly string[],
  condition?: Statement["Condition"],
): Statement {
  return {
    Sid,
    Effect: "Allow",
    Action: [...actions],
    Resource: resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

/** Statements that name a resource; a stack without jobs has none for its jobs, and IAM refuses an empty list. */
export function withResources(statements: readonly Statement[]): Statement[] {
  return statements.filter(({ Resource }) => [Resource ?? []].flat().length > 0);
}

/** The tags that tell what belongs to a stack; the program puts them on all that takes tags. */
export function stackTags(
  { project, stack, settings }: ProgramStack,
  key: "aws:RequestTag" | "aws:ResourceTag",
): Readonly<Record<string, string>> {
  return {
    [`${key}/Project`]: settings.tags.Project ?? project,
    [`${key}/Stack`]: settings.tags.Stack ?? stack,
  };
}
