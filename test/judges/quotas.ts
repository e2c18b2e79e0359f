import type { Registration } from "../mocks";

/**
 * What IAM takes of a role, in characters without white space.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const IAM_QUOTAS = { inline: 10_240, managed: 6_144, trust: 2_048, attached: 10 } as const;

/** Inline, at most, of the role that every pipeline's tasks work as. */
const EXECUTION_INLINE = 7_000;

/** Groups of a network interface: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
const SECURITY_GROUPS = 5;

/** Each quota over a sum that a stack exceeds, and by what; no schema of a single resource knows of them. */
export function overQuota(registrations: readonly Registration[]): string[] {
  return [
    ...registrations.filter(({ type }) => type === ROLE).flatMap((role) => of(role, registrations)),
    ...registrations
      .filter(({ type }) => type === POLICY)
      .flatMap(({ name, inputs }) => over(name, "policy", length(inputs.policy), "managed")),
    ...registrations.flatMap(({ name, inputs }) =>
      securityGroups(inputs)
        .filter((groups) => groups.length > SECURITY_GROUPS)
        .map((groups) => `${name}: ${groups.length} security groups; ${SECURITY_GROUPS} fit`),
    ),
  ];
}

const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/policy:Policy";

/** What a role has too much of. */
function of({ name, inputs, state }: Registration, registrations: readonly Registration[]) {
  const given = (type: string) =>
    registrations.filter((one) => one.type === type && one.inputs.role === state.name);
  const inline = given("aws:iam/rolePolicy:RolePolicy")
    .map((one) => length(one.inputs.policy))
    .reduce((sum, one) => sum + one, 0);
  const attached = given("aws:iam/rolePolicyAttachment:RolePolicyAttachment").length;
  const goal = name === "execution-role" ? EXECUTION_INLINE : IAM_QUOTAS.inline;
  return [
    ...over(name, "inline policies", inline, "inline", goal),
    ...over(name, "trust policy", length(inputs.assumeRolePolicy), "trust"),
    ...over(name, "attached policies", attached, "attached"),
  ];
}

function over(
  name: string,
  what: string,
  found: number,
  quota: keyof typeof IAM_QUOTAS,
  most: number = IAM_QUOTAS[quota],
): string[] {
  return found > most ? [`${name}: ${what}: ${found}; ${most} fit`] : [];
}

/** Length of a document as IAM counts it. */
function length(document: unknown): number {
  return JSON.stringify(JSON.parse(document as string)).length;
}

/** Every list of security groups in a resource's inputs, also in JSON that it hands on. */
export function securityGroups(value: unknown): unknown[][] {
  if (typeof value === "string") {
    return /^[[{]/.test(value) ? securityGroups(parsed(value)) : [];
  }
  if (value === null || typeof value !== "object") {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    /securityGroup(Id)?s$/i.test(key) && Array.isArray(inner) ? [inner] : securityGroups(inner),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
