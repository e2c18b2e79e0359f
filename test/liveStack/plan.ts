import * as pulumi from "@pulumi/pulumi";
import { UNKNOWN, difference } from "../../local/provider/aws/lifecycle";
import type { AnyRow, Properties } from "../../local/provider/aws/row";
import type { LiveOptions, Made, Recording, RecordOptions, Registration } from "../mocks";
import { ROWS } from "../local/provider/rows";
import { changedVpc, ownResources, removedVpc } from "./network";

/** What the engine is going to do to a resource. */
export interface Step {
  readonly type: string;
  readonly name: string;
  readonly kind: "create" | "update" | "replace" | "delete";
  /** Inputs that differ. */
  readonly changed: readonly string[];
  /** Of a replacement: the old one goes first. */
  readonly oldFirst: boolean;
  /** Inputs that are given no longer, and that the provider leaves as they are. */
  readonly kept: readonly string[];
  readonly old?: Registration;
  readonly new?: Registration;
}

/** What a change of settings does to a live stack. */
export interface Plan {
  /** Why the program refuses the change, before anything is registered. */
  readonly refusedBy?: string;
  /** Resources that the engine refuses to replace or to delete, since they are protected. */
  readonly protectedOnes: readonly string[];
  /**
   * Resources that go with one which is deleted first, and no longer depend on it: the engine may have replaced them
   * by then, and writes a state with two of them, which it refuses to read.
   */
  readonly overtaken: readonly string[];
  readonly steps: readonly Step[];
}

interface Decision {
  readonly changed: readonly string[];
  readonly replaces: boolean;
  readonly oldFirst: boolean;
  readonly kept: readonly string[];
  /** It goes with one that is deleted first, so that the engine asks whether it was protected before. */
  readonly dependent?: true;
}

const NOTHING: Decision = { changed: [], replaces: false, oldFirst: false, kept: [] };

const labelOf = ({ type, name }: { readonly type: string; readonly name: string }): string =>
  `${type.split(":").at(-1)} ${name}`;

const keyOf = ({ type, name }: { readonly type: string; readonly name: string }): string =>
  `${type} ${name}`;

/**
 * Plans a change of a live stack as the engine does with the official provider: each resource is compared as it is
 * registered, and what depends on one that is replaced sees what is not known yet.
 *
 * Source: pkg/resource/deploy/step_generator.go of pulumi/pulumi, version 3.245.0
 *
 * @param old the stack as it is
 * @param run runs the program with the changed settings, under these options
 */
export async function planOf(
  old: Recording<unknown>,
  run: (options: RecordOptions) => Promise<Recording<unknown>>,
): Promise<Plan> {
  const olds = new Map(old.registrations.map((one) => [keyOf(one), one]));
  const decisions = new Map<string, Decision>();
  const inner: Step[] = [];
  const registrations: Registration[] = [];
  try {
    await run({
      preview: true,
      registrations,
      functions: ownResources(old),
      resources: { "pulumi:pulumi:StackReference": () => ({ outputs: old.result }) },
      made: (asked, mocked) => {
        const before = olds.get(keyOf(asked));
        if (asked.type === "awsx:ec2:Vpc" && before !== undefined) {
          const { steps, made } = changedVpc(asked.name, before.inputs, asked.inputs, mocked);
          inner.push(...steps.map(innerStep));
          return made;
        }
        return asked.type.startsWith("aws:") ? madeOf(asked, before, decisions) : mocked;
      },
    });
  } catch (error) {
    if (!pulumi.RunError.isInstance(error)) {
      throw error;
    }
    return { refusedBy: error.message, protectedOnes: [], overtaken: [], steps: [] };
  }
  for (const { type, name, inputs } of old.registrations) {
    if (type === "awsx:ec2:Vpc" && !registrations.some((one) => one.type === type)) {
      inner.push(...removedVpc(name, inputs).map(innerStep));
    }
  }
  replaceDependents(registrations, olds, decisions);
  const overtaken = overtakenBy(registrations, olds, decisions);
  return { ...assemble(old, registrations, decisions, inner), overtaken };
}

const innerStep = (step: Pick<Step, "type" | "name" | "kind">): Step => ({
  ...step,
  ...{ changed: [], oldFirst: false, kept: [] },
});

/** What a change of a resource of a type is told by. */
function rowOf(type: string): AnyRow {
  const row = (ROWS as Readonly<Record<string, AnyRow | undefined>>)[type];
  if (row === undefined) {
    throw new Error(`no row for ${type}: add it in local/provider/aws/`);
  }
  return row;
}

/** Decides on a resource, and tells what is known of it before the change. */
function madeOf(
  asked: Pick<Registration, "type" | "name" | "inputs"> & LiveOptions,
  before: Registration | undefined,
  decisions: Map<string, Decision>,
): Made {
  const inputs = withUnknown(asked.inputs) as Properties;
  if (before === undefined) {
    return { state: asked.inputs };
  }
  const decision = decide(before, { ...asked, inputs });
  decisions.set(keyOf(asked), decision);
  if (decision.replaces) {
    return { state: asked.inputs };
  }
  const { id, ...state } = before.state;
  const row = rowOf(asked.type);
  const gone = new Set([
    ...row.args.filter(
      (arg) => arg in before.inputs && !(arg in inputs) && !decision.kept.includes(arg),
    ),
    ...(decision.changed.length > 0 ? (row.volatile?.(new Set(decision.changed)) ?? []) : []),
  ]);
  return {
    id: String(id),
    state: {
      ...Object.fromEntries(Object.entries(state).filter(([key]) => !gone.has(key))),
      ...asked.inputs,
    },
  };
}

/** How a resource differs from what it was, with its options. */
function decide(
  before: Registration,
  asked: Pick<Registration, "type" | "inputs"> & LiveOptions,
): Decision {
  const row = rowOf(asked.type);
  const ignored = (inputs: Properties): Properties =>
    Object.fromEntries(
      Object.entries(inputs).filter(([input]) => !asked.ignoreChanges.includes(input)),
    );
  const found = difference(row, ignored(before.inputs), ignored(asked.inputs));
  const [was, is] = [before.replacementTrigger, asked.replacementTrigger].map(plainTrigger);
  const triggered =
    was !== undefined && is !== undefined && (was === UNKNOWN || is === UNKNOWN || was !== is);
  const replaces =
    triggered ||
    found.replaces.length > 0 ||
    found.changed.some((input) => asked.replaceOnChanges.includes(input));
  const { autoName } = row;
  // A name that the provider makes up lets both be there at once.
  const byProvider = autoName === undefined ? false : asked.inputs[autoName.input] !== undefined;
  return {
    changed: found.changed,
    replaces,
    oldFirst:
      replaces &&
      (asked.deleteBeforeReplace ?? (byProvider && !found.changed.includes(autoName?.input ?? ""))),
    kept: row.args.filter(
      (arg) =>
        before.inputs[arg] !== undefined &&
        asked.inputs[arg] === undefined &&
        row.leftOut?.includes(arg) === true,
    ),
  };
}

const plainTrigger = (value: unknown): unknown =>
  value === null || value === undefined
    ? undefined
    : typeof value === "string"
      ? value
      : JSON.stringify(value);

/** Values with the engine's sign for what is not known, in place of the SDK's. */
function withUnknown(value: unknown): unknown {
  if (pulumi.isUnknown(value)) {
    return UNKNOWN;
  }
  if (Array.isArray(value)) {
    return value.map(withUnknown);
  }
  if (pulumi.runtime.isRpcSecret(value)) {
    return withUnknown(pulumi.runtime.unwrapRpcSecret(value));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return pulumi.asset.Asset.isInstance(value) || pulumi.asset.Archive.isInstance(value)
    ? value
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withUnknown(item)]));
}

/** What is deleted first takes those with it that could not stay if its outputs changed. */
function replaceDependents(
  registrations: readonly Registration[],
  olds: ReadonlyMap<string, Registration>,
  decisions: Map<string, Decision>,
): void {
  const urns = new Set(
    registrations
      .filter((one) => decisions.get(keyOf(one))?.oldFirst === true)
      .map(({ urn }) => urn),
  );
  // In the order of their registration each comes after what it depends on.
  for (const one of registrations) {
    const before = olds.get(keyOf(one));
    const decision = decisions.get(keyOf(one));
    if (before === undefined || decision === undefined || decision.oldFirst) {
      continue;
    }
    const unknown = Object.entries(one.propertyDependencies)
      .filter(([, dependencies]) => dependencies.some((urn) => urns.has(urn)))
      .map(([input]) => [input, UNKNOWN]);
    const inputs = { ...one.inputs, ...(Object.fromEntries(unknown) as Properties) };
    if (unknown.length > 0 && decide(before, { ...one, inputs }).replaces) {
      decisions.set(keyOf(one), {
        ...decision,
        replaces: true,
        oldFirst: true,
        dependent: true,
      });
      urns.add(one.urn);
    }
  }
}

function overtakenBy(
  registrations: readonly Registration[],
  olds: ReadonlyMap<string, Registration>,
  decisions: ReadonlyMap<string, Decision>,
): string[] {
  const first = new Set(
    registrations.filter((one) => decisions.get(keyOf(one))?.oldFirst).map(({ urn }) => urn),
  );
  return registrations.flatMap((one) => {
    const before = olds.get(keyOf(one));
    const lost = Object.entries(before?.propertyDependencies ?? {}).filter(([, dependencies]) =>
      dependencies.some((urn) => first.has(urn) && !one.dependencies.includes(urn)),
    );
    if (before === undefined || lost.length === 0) {
      return [];
    }
    const unknown = Object.fromEntries(lost.map(([input]) => [input, UNKNOWN]));
    const { inputs, type } = before;
    return decide(before, { ...one, type, inputs: { ...inputs, ...unknown } }).replaces
      ? [labelOf(one)]
      : [];
  });
}

function assemble(
  old: Recording<unknown>,
  registrations: readonly Registration[],
  decisions: ReadonlyMap<string, Decision>,
  inner: readonly Step[],
): Omit<Plan, "overtaken"> {
  const olds = new Map(old.registrations.map((one) => [keyOf(one), one]));
  const news = new Map(registrations.map((one) => [keyOf(one), one]));
  const steps: Step[] = [...inner];
  const protectedOnes: string[] = [];
  for (const one of registrations.filter(({ type }) => type.startsWith("aws:"))) {
    const before = olds.get(keyOf(one));
    const { changed, replaces, oldFirst, kept, dependent } = decisions.get(keyOf(one)) ?? NOTHING;
    const kind =
      before === undefined
        ? "create"
        : replaces
          ? "replace"
          : changed.length > 0
            ? "update"
            : undefined;
    if (replaces && before?.protect === true && (one.protect || dependent === true)) {
      protectedOnes.push(labelOf(one));
    }
    if (kind !== undefined || kept.length > 0) {
      const { type, name } = one;
      const step = { type, name, changed, oldFirst, kept, old: before, new: one };
      steps.push({ ...step, kind: kind ?? "update" });
    }
  }
  for (const one of old.registrations.filter(({ type }) => type !== "pulumi:pulumi:Stack")) {
    if (news.has(keyOf(one))) {
      continue;
    }
    if (one.protect) {
      protectedOnes.push(labelOf(one));
    }
    if (one.type.startsWith("aws:")) {
      const { type, name } = one;
      steps.push({ type, name, kind: "delete", changed: [], oldFirst: false, kept: [], old: one });
    }
  }
  return { protectedOnes, steps };
}
