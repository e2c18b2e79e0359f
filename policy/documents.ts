import { objectsOf } from "./lists";
import { Checked } from "./rule";
import { UnknownValueError, known } from "./unknown";
import { textOf } from "./text";

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
  readonly Condition?: unknown;
}

/**
 * The statements of a policy document, given as JSON text or as an object; none where there is no document.
 *
 * @throws SyntaxError for what is no JSON object: the rule then counts as broken, never as passed
 */
export function statementsOf(document: unknown): Statement[] {
  if (document === undefined || document === null || document === "") {
    return [];
  }
  const parsed: unknown = typeof document === "string" ? JSON.parse(document) : document;
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new SyntaxError("A policy document is a JSON object.");
  }
  const statements = [(parsed as { Statement?: unknown }).Statement ?? []].flat();
  if (!statements.every((one) => typeof one === "object" && one !== null && !Array.isArray(one))) {
    throw new SyntaxError("A statement of a policy document is a JSON object.");
  }
  return statements;
}

/**
 * The statements of a policy, which the provider takes as text and, for some resources, as an object.
 *
 * @returns undefined where it is no policy document
 */
export function readStatements(policy: unknown): readonly Statement[] | undefined {
  try {
    return statementsOf(policy);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Whether a statement allows something, as far as one can tell: IAM refuses a document with another Effect than Allow
 * and Deny, and no rule takes such a one for right.
 */
export function mayAllow({ Effect }: Statement): boolean {
  return Effect !== "Deny";
}

/** One test of a statement's condition: all of them have to hold. */
export interface Tested {
  /** As in `StringEquals`. */
  readonly operator: string;
  /** As in `aws:SourceAccount`. */
  readonly key: string;
  /** A text, or a list of them. */
  readonly value: unknown;
}

/** What a statement's condition tests; nothing where it has none that could be read. */
export function conditionsOf({ Condition }: Statement): Tested[] {
  return entriesOf(Condition).flatMap(([operator, tested]) =>
    entriesOf(tested).map(([key, value]) => ({ operator, key, value })),
  );
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

/** One string, or a list of strings, as a list. */
export function values(one: unknown): string[] {
  return [one ?? []].flat().filter((value): value is string => typeof value === "string");
}

/** Whom a statement speaks of: `*` for everybody, else ARNs, accounts and services. */
export function principals({ Principal }: Statement): string[] {
  return typeof Principal === "object" && Principal !== null
    ? Object.values(Principal).flatMap(values)
    : values(Principal);
}

/** Whether a principal means everybody: `*`, or an ARN of whatever account, as `arn:aws:iam::*:role/etl`. */
export function isEverybody(principal: string): boolean {
  return /^\*$|^arn:[^:]*:[^:]*:[^:]*:[^:]*[*?]/.test(principal);
}

/** How a statement is named in a message. */
export function nameOf(statement: Statement, index: number): string {
  return typeof statement.Sid !== "string"
    ? `statement ${index + 1}`
    : `statement ${statement.Sid}`;
}

/** The services that a statement speaks of. */
export function servicesOf({ Principal }: Statement): string[] {
  return typeof Principal === "object" && Principal !== null
    ? values((Principal as { Service?: unknown }).Service)
    : [];
}

/**
 * The services that a document allows an action to; none where it is no policy document.
 *
 * @param action as in `sts:AssumeRole`
 */
export function servicesAllowed(document: unknown, action: string): string[] {
  return (readStatements(document) ?? [])
    .filter(
      ({ Effect, Action }) =>
        Effect === "Allow" &&
        values(Action).some((text) => covers(text.toLowerCase(), action.toLowerCase())),
    )
    .flatMap(servicesOf);
}

/** Whether a text of a policy with `*` and `?` takes another text in. */
export function covers(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\*/g, ".*").replace(/\?/g, ".")}$`, "s").test(text);
}

/** Whether a text of a policy has a star or a question mark that stands for other text. */
export function hasWildcard(text: string): boolean {
  // The policy variables ${*}, ${?} and ${$} mean the character itself.
  return /[*?]/.test(text.replace(/\$\{[*?$]\}/g, ""));
}

/**
 * Whether a resource of a statement means all there is: `*`, or an ARN that names a service at most, as
 * `arn:aws:s3:::*`.
 */
export function isAnyResource(resource: string): boolean {
  const [arn, partition = "", service = "*", , , ...rest] = resource.split(":");
  return arn === "arn"
    ? partition.endsWith("*") || hasWildcard(service) || /^[*?/:]*$/.test(rest.join(":"))
    : hasWildcard(arn);
}

/** A role; its documents are who may assume it, and its inline policies. */
export const ROLE = "aws:iam/role:Role";

/** Types that hold what an identity may do, each with the property of the document. */
const PERMISSIONS: Readonly<Record<string, string | undefined>> = {
  "aws:iam/policy:Policy": "policy",
  "aws:iam/rolePolicy:RolePolicy": "policy",
  "aws:iam/groupPolicy:GroupPolicy": "policy",
  "aws:iam/userPolicy:UserPolicy": "policy",
  "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
};

/** Types that hold who may use a resource, each with the property of the document. */
const ATTACHED: Readonly<Record<string, string | undefined>> = {
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "policy",
  "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": "policy",
  "aws:glue/resourcePolicy:ResourcePolicy": "policy",
  "aws:kms/key:Key": "policy",
  "aws:kms/keyPolicy:KeyPolicy": "policy",
  "aws:s3/bucketPolicy:BucketPolicy": "policy",
  "aws:secretsmanager/secret:Secret": "policy",
  "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
  "aws:sns/topic:Topic": "policy",
  "aws:sns/topicPolicy:TopicPolicy": "policy",
  "aws:sqs/queue:Queue": "policy",
  "aws:sqs/queuePolicy:QueuePolicy": "policy",
};

/** Types that hold what an identity may do. */
export const PERMISSION_TYPES: readonly string[] = [...Object.keys(PERMISSIONS), ROLE];

/** Types that hold a policy document of any kind. */
export const DOCUMENT_TYPES: readonly string[] = [...PERMISSION_TYPES, ...Object.keys(ATTACHED)];

/** Where in a resource a document is. */
export interface Place {
  /** As in `inline policy read`. */
  readonly label: string;
  /** The document: JSON text or an object; undefined where there is none. Throws where it is not known yet. */
  readonly read: () => unknown;
}

type Holder = Pick<Checked, "type" | "name" | "props">;

/** The documents of a resource that say what an identity may do. */
export function permissionsIn({ type, props }: Holder): Place[] {
  return type === ROLE ? inlinePolicies(props) : at(PERMISSIONS[type], props);
}

/** The document that says who may assume a role; none of any other resource. */
export function trustIn({ type, props }: Holder): Place[] {
  return type === ROLE ? at("assumeRolePolicy", props) : [];
}

/** All documents of a resource. */
export function documentsIn(resource: Holder): Place[] {
  return [
    ...trustIn(resource),
    ...permissionsIn(resource),
    ...at(ATTACHED[resource.type], resource.props),
  ];
}

function at(property: string | undefined, props: Holder["props"]): Place[] {
  return property === undefined ? [] : [{ label: property, read: () => props[property] }];
}

function inlinePolicies(props: Holder["props"]): Place[] {
  const read = () => objectsOf(props.inlinePolicies);
  return (
    known(read)?.map((one, index) => ({
      label: `inline policy ${known(() => textOf(one.name)) ?? index + 1}`,
      read: () => one.policy,
    })) ?? [{ label: "inlinePolicies", read }]
  );
}

/**
 * Runs a check on each statement of a resource's documents. A document that is none is reported, and what is
 * not known yet in one statement hides nothing of another: it is thrown at the end.
 *
 * @param check takes the statement, and how a message begins: `Statement Read in the policy of reader`
 */
export function checkStatements(
  { name }: Holder,
  places: readonly Place[],
  report: (message: string) => void,
  check: (statement: Statement, where: string) => void,
): void {
  const attempts = new Attempts();
  for (const { label, read } of places) {
    attempts.run(() => {
      let statements: readonly Statement[];
      try {
        statements = statementsOf(read());
      } catch (error) {
        if (!(error instanceof SyntaxError)) {
          throw error;
        }
        report(`The ${label} of ${name} is no JSON policy document; give it one.`);
        return;
      }
      statements.forEach((statement, index) => {
        attempts.run(() => {
          const called = known(() => nameOf(statement, index)) ?? nameOf({}, index);
          check(statement, `S${called.slice(1)} in the ${label} of ${name}`);
        });
      });
    });
  }
  attempts.finish();
}

/** Pieces of work, of which one that meets what is not known yet does not stop the next. */
export class Attempts {
  private unknown: Error | undefined;

  public run(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof UnknownValueError)) {
        throw error;
      }
      this.unknown ??= error;
    }
  }

  /** Throws what the first piece met that could not be done. */
  public finish(): void {
    if (this.unknown !== undefined) {
      throw this.unknown;
    }
  }
}
