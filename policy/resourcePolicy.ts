import {
  Statement,
  conditionsOf,
  isEverybody,
  mayAllow,
  nameOf,
  principals,
  readStatements,
  values,
} from "./documents";
import { listOf } from "./lists";
import { Checked } from "./rule";

/**
 * Reports each statement of a policy that admits everybody, for a rule on one resource.
 *
 * @param property the property that holds the policy; nothing is reported where it is missing
 * @param what what the policy belongs to, as in `bucket`
 */
export function reportOpenStatements(
  { name, props }: Checked,
  property: string,
  what: string,
  report: (message: string) => void,
): void {
  const statements = readStatements(props[property]);
  if (statements === undefined) {
    report(`The ${property} of ${name} is no JSON policy document; give it one.`);
    return;
  }
  statements.forEach((statement, index) => {
    if (admitsEverybody(statement)) {
      report(
        `${capital(nameOf(statement, index))} in the ${property} of ${name} admits ` +
          `${principalText(statement)} to the ${what}; a named principal is needed, or a condition ` +
          "that fixes its account, organization, source or VPC endpoint.",
      );
    }
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function principalText({ Principal, NotPrincipal }: Statement): string {
  return NotPrincipal === undefined
    ? `the principal ${JSON.stringify(Principal)}`
    : `everybody but ${JSON.stringify(NotPrincipal)}`;
}

/** Whether a statement allows something to everybody, with no condition that says who that is. */
export function admitsEverybody(statement: Statement): boolean {
  const { NotPrincipal } = statement;
  return (
    mayAllow(statement) &&
    (NotPrincipal !== undefined || principals(statement).some(isEverybody)) &&
    !isNarrowed(statement)
  );
}

// Keys whose value says who asks or from where; a fixed one keeps a policy from being public:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
// kms:CallerAccount is what keys of AWS services are limited by:
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
const NARROWING_KEYS = [
  "aws:PrincipalAccount",
  "aws:PrincipalArn",
  "aws:PrincipalOrgID",
  "aws:PrincipalOrgPaths",
  "aws:SourceAccount",
  "aws:SourceArn",
  "aws:SourceIp",
  "aws:SourceOrgID",
  "aws:SourceOrgPaths",
  "aws:SourceOwner",
  "aws:SourceVpc",
  "aws:SourceVpcArn",
  "aws:SourceVpce",
  "aws:VpceAccount",
  "aws:VpceOrgID",
  "aws:VpceOrgPaths",
  "aws:userid",
  "kms:CallerAccount",
  "s3:DataAccessPointAccount",
  "s3:DataAccessPointArn",
];

// "…IfExists" and "ForAllValues:…" also hold for a request that lacks the key.
const NARROWING_OPERATOR =
  /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike|IpAddress)$/i;

/**
 * Whether a statement has a condition that fixes who asks, or from where.
 *
 * @param keys the keys that count; any that says so by default
 * @param ifExists whether a condition also counts that holds for a request without its key
 */
export function isNarrowed(
  statement: Statement,
  keys: readonly string[] = NARROWING_KEYS,
  ifExists = false,
): boolean {
  const wanted = keys.map((key) => key.toLowerCase());
  return conditionsOf(statement).some(({ operator, key, value }) => {
    const strings = listOf(value).map(String);
    return (
      (isService(operator, key, strings) && keys === NARROWING_KEYS) ||
      (NARROWING_OPERATOR.test(ifExists ? operator.replace(/IfExists$/i, "") : operator) &&
        wanted.includes(key.toLowerCase()) &&
        strings.length > 0 &&
        strings.every((text) => isFixed(key.toLowerCase(), text)))
    );
  });
}

/** Whether a condition takes only calls that a service of AWS makes with its own principal. */
function isService(operator: string, key: string, strings: readonly string[]): boolean {
  return (
    /^(ForAnyValue:)?Bool$/i.test(operator) &&
    key.toLowerCase() === "aws:principalisawsservice" &&
    strings.length > 0 &&
    strings.every((text) => text === "true")
  );
}

const WILDCARD = /[*?]/;

/** Whether a condition's value means somebody in particular. */
function isFixed(key: string, value: string): boolean {
  if (value.includes("${")) {
    return false;
  }
  if (key === "aws:sourceip") {
    return isNarrowBlock(value);
  }
  if (value.startsWith("arn:")) {
    const [, , service, , account = "", ...rest] = value.split(":");
    const owner = service === "s3" && account === "" ? rest.join(":").split("/")[0] : account;
    return owner !== "" && !WILDCARD.test(owner);
  }
  // A path within one organization, a session of one role.
  return !WILDCARD.test(value.replace(/^(o-[a-z0-9]+\/|[A-Z0-9]{16,}:).*$/, "$1"));
}

/** S3 takes a block of more than /8 (IPv6: /32) for the internet; the page is the one named above. */
function isNarrowBlock(block: string): boolean {
  const [address, mask] = block.split("/");
  return mask === undefined || Number(mask) >= (address.includes(":") ? 32 : 8);
}

/**
 * Whether a statement refuses every request without TLS for some actions: to everybody, and with no further
 * condition.
 *
 * @param actions strings of which the statement's actions must hold one, as in `s3:*`
 */
export function refusesPlainHttp(statement: Statement, actions: readonly string[]): boolean {
  const { Effect, Principal, Action } = statement;
  const tested = conditionsOf(statement);
  return (
    Effect === "Deny" &&
    isAnyone(Principal) &&
    values(Action).some((action) =>
      actions.some((wanted) => action.toLowerCase() === wanted.toLowerCase()),
    ) &&
    tested.length === 1 &&
    /^Bool(IfExists)?$/i.test(tested[0].operator) &&
    tested[0].key.toLowerCase() === "aws:securetransport" &&
    listOf(tested[0].value).every((value) => String(value) === "false")
  );
}

/** In a refusal only these two mean everybody; `{ Service: "*" }` does not. */
function isAnyone(principal: unknown): boolean {
  return (
    principal === "*" ||
    (typeof principal === "object" &&
      principal !== null &&
      values((principal as { AWS?: unknown }).AWS).includes("*"))
  );
}
