import { type Statement, conditionsOf, covers, statementsOf, values } from "../../policy/documents";

/** A request as IAM sees it. */
export interface Request {
  readonly action: string;
  readonly resource: string;
  /** Condition keys that are sent, or are the resource's. */
  readonly context?: Readonly<Record<string, string>>;
}

type Test = (sent: string | undefined, wanted: readonly string[]) => boolean;

/** The operators that the policies use. For a key that is not sent, Null and those with IfExists hold alone. */
const OPERATORS: Readonly<Record<string, Test>> = {
  StringEquals: (sent, wanted) => sent !== undefined && wanted.includes(sent),
  StringEqualsIfExists: (sent, wanted) => sent === undefined || wanted.includes(sent),
  ...Object.fromEntries(
    // All of these take patterns.
    ["ArnEquals", "ArnLike", "StringLike"].map((operator): [string, Test] => [
      operator,
      (sent, wanted) => sent !== undefined && wanted.some((arn) => covers(arn, sent)),
    ]),
  ),
  Null: (sent, wanted) => wanted.every((text) => (text === "true") === (sent === undefined)),
};

/**
 * Whether policies allow a request: IAM's own logic, as far as these policies go. There is no Deny in them.
 *
 * @throws Error for an operator that it does not know
 */
export function isAllowed(policies: readonly unknown[], request: Request): boolean {
  return policies.flatMap(statementsOf).some((statement) => fits(statement, request));
}

function fits(statement: Statement, { action, resource, context = {} }: Request): boolean {
  const sent = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return (
    statement.Effect === "Allow" &&
    values(statement.Action).some((text) => covers(text.toLowerCase(), action.toLowerCase())) &&
    // A trust policy has no resource: it is the role.
    (statement.Resource === undefined ||
      values(statement.Resource).some((text) => covers(text, resource))) &&
    conditionsOf(statement).every(({ operator, key, value }) => {
      const test = OPERATORS[operator];
      if (test === undefined) {
        throw new Error(`no operator ${operator}`);
      }
      return test(sent.get(key.toLowerCase()), values(value));
    })
  );
}
