/** A statement of an IAM policy document, as it is written. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * The statements of a policy document, given as JSON text or as an object; none where there is no document.
 *
 * @throws SyntaxError for a text that is no JSON: the rule then counts as broken, never as passed
 */
export function statementsOf(document: unknown): Statement[] {
  if (document === undefined || document === null || document === "") {
    return [];
  }
  const parsed = (typeof document === "string" ? JSON.parse(document) : document) as {
    Statement?: Statement | Statement[];
  };
  return [parsed.Statement ?? []].flat();
}

/** One text, or a list of texts, as a list. */
export function values(one: unknown): string[] {
  return [one ?? []].flat().filter((value): value is string => typeof value === "string");
}

/** Whom a statement speaks of: `*` for everybody, else ARNs, accounts and services. */
export function principals({ Principal }: Statement): string[] {
  return typeof Principal === "object" && Principal !== null
    ? Object.values(Principal).flatMap(values)
    : values(Principal);
}

/** How a statement is named in a message. */
export function nameOf(statement: Statement, index: number): string {
  return statement.Sid === undefined ? `statement ${index + 1}` : `statement ${statement.Sid}`;
}

/** Keys of a statement's conditions, in lower case. */
export function conditionKeys({ Condition = {} }: Statement): string[] {
  return Object.values(Condition).flatMap((test) =>
    Object.keys(test).map((key) => key.toLowerCase()),
  );
}
