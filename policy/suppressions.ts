/** What a rule is not to be applied to, and why. Part of a rule's configuration. */
export interface Suppression {
  /** Name of the resource, or its URN. A star stands for any text, here and below. */
  readonly resource?: string;
  /** Type of the resource, as in `aws:s3/bucket:Bucket`. */
  readonly type?: string;
  /** Component that the resource is in: its type, as in `awsx:ec2:Vpc`, or the name of the one right around it. */
  readonly component?: string;
  /** Why that is right; without it the suppression is a violation itself. */
  readonly reason?: string;
  /** Last day that it holds, as in `2027-06-30`; without it, or past it, it is a violation itself. */
  readonly expires?: string;
  /** True: not every stack that the configuration serves has such a resource; where none is, it is not unused. */
  readonly optional?: boolean;
}

/** What a suppression may look at. */
export interface Suppressible {
  readonly name: string;
  readonly urn: string;
  readonly opts?: { readonly parent?: string };
}

/** What a suppression says whom it is for by; all that are given have to fit. */
export const SELECTORS = ["resource", "type", "component"] as const;

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.trim() !== "";

/** What is wrong with a suppression as it is written, whatever the day; undefined where nothing is. */
export function malformation(suppression: Suppression): string | undefined {
  if (!isText(suppression.reason)) {
    return "it has no reason.";
  }
  const { expires = "" } = suppression;
  if (!isDate(expires)) {
    return `expires is "${expires}"; a date such as 2027-06-30 is needed.`;
  }
  if (suppression.optional !== undefined && typeof suppression.optional !== "boolean") {
    return `optional is ${JSON.stringify(suppression.optional)}; it takes true or false.`;
  }
  const given = SELECTORS.filter((selector) => suppression[selector] !== undefined);
  if (given.length === 0 || !given.every((selector) => isText(suppression[selector]))) {
    return `it does not say what it is for; ${SELECTORS.join(", ")} take a pattern each.`;
  }
  return undefined;
}

function isDate(text: string): boolean {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  // JavaScript reads the 31st of June as the 1st of July.
  return date !== undefined && !isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text;
}

/** Why a suppression does not count on a day; undefined where it does. */
export function flaw(suppression: Suppression, today: string): string | undefined {
  const { expires = "" } = suppression;
  return malformation(suppression) ?? (expires < today ? `it expired on ${expires}.` : undefined);
}

/** Whether a suppression is for a resource. */
export function isFor(suppression: Suppression, resource: Suppressible): boolean {
  const { name, urn, opts } = resource;
  const types = typesOf(urn);
  const strings: Readonly<Record<(typeof SELECTORS)[number], readonly string[]>> = {
    resource: [name, urn],
    type: types.slice(-1),
    component: [...types.slice(0, -1), ...(opts?.parent === undefined ? [] : named(opts.parent))],
  };
  const given = SELECTORS.filter((selector) => typeof suppression[selector] === "string");
  return (
    given.length > 0 &&
    given.every((selector) =>
      strings[selector].some((text) => fits(suppression[selector] as string, text)),
    )
  );
}

/** The suppression of a resource: one that counts before one that has expired or lacks something. */
export function suppressionOf(
  suppressions: readonly Suppression[],
  resource: Suppressible | undefined,
  today: string,
): Suppression | undefined {
  const fitting = suppressions.filter((one) => resource !== undefined && isFor(one, resource));
  return fitting.find((one) => flaw(one, today) === undefined) ?? fitting.at(0);
}

/** A suppression in a message: what it is for. */
export function shownSuppression(suppression: Suppression): string {
  const given = SELECTORS.filter((selector) => suppression[selector] !== undefined);
  return given.length === 0
    ? "nothing"
    : given.map((selector) => `${selector} "${suppression[selector]}"`).join(" and ");
}

/** The type of a resource behind those of the components around it, which the engine puts into the URN. */
function typesOf(urn: string): string[] {
  return (urn.split("::")[2] ?? "").split("$");
}

/** URN and name of a parent; the stack itself is no component. */
function named(urn: string): string[] {
  return typesOf(urn).at(-1) === "pulumi:pulumi:Stack"
    ? []
    : [urn, urn.split("::").slice(3).join("::")];
}

function fits(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}
