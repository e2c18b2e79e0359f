import * as pulumi from "@pulumi/pulumi";
import { ACCOUNT, REGION } from "./mockedAccount";
import { projectName } from "../deploy/project";
import "../local/engine/sdkTraces";
import { FUNCTIONS } from "./mockedFunctions";
import { type Outputs, RESOURCES } from "./mockedResources";

export const PROJECT = projectName();
export { ACCOUNT, REGION };

type Properties = Record<string, unknown>;

/** One resource that a program registered. */
export interface Registration extends LiveOptions {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** URN of the parent; empty for a resource of the stack itself. */
  readonly parent: string;
  readonly inputs: Properties;
  /** Inputs and what AWS computes, with the id. */
  readonly state: Properties;
  /** URNs of all that it depends on, explicitly or through a property. */
  readonly dependencies: readonly string[];
  /** URNs of the resources that each property was computed from. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

/** Options of a resource, for its changes on a live stack. */
export interface LiveOptions {
  /** Properties whose changes the engine does not look at. */
  readonly ignoreChanges: readonly string[];
  /** Properties whose changes replace it, beside those that do by themselves. */
  readonly replaceOnChanges: readonly string[];
  /** A replacement takes the old one away first; undefined where the provider decides. */
  readonly deleteBeforeReplace?: boolean;
  /** A value whose change replaces it. */
  readonly replacementTrigger?: unknown;
  /** How long a deletion may take, such as `30m`; empty where the provider decides. */
  readonly deleteTimeout: string;
  /** The engine refuses to delete it. */
  readonly protect: boolean;
  /** Deleting it from the stack leaves it in the account. */
  readonly retainOnDelete: boolean;
}

/** A resource as the engine has it. */
export interface Made {
  /** Undefined where it is not known yet. */
  readonly id?: string;
  /** What is left out is not known yet, in a preview. */
  readonly state: Properties;
}

/** What a program did: its result, its outputs awaited, and all that it registered. */
export interface Recording<T> {
  readonly result: pulumi.Unwrap<T>;
  readonly registrations: readonly Registration[];
  /** Functions that were called, by token. */
  readonly calls: readonly { readonly token: string; readonly inputs: Properties }[];
}

export interface RecordOptions {
  readonly stack?: string;
  /** Keys of the project, without its prefix, as the stack's file has them. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Keys of which something is encrypted in it. */
  readonly secrets?: readonly string[];
  readonly preview?: boolean;
  /** Takes the registrations, also those before an error. */
  readonly registrations?: Registration[];
  /** Answers of functions, by token, in place of the usual ones. */
  readonly functions?: Readonly<Record<string, (inputs: Properties) => Properties>>;
  /** What a resource is, in place of what the mocks make of it; there is no result then. */
  readonly made?: (
    asked: Pick<Registration, "type" | "name" | "inputs"> & LiveOptions,
    mocked: Made,
  ) => Made;
  /** What AWS computes for types that the program itself does not make. */
  readonly resources?: Readonly<Record<string, Outputs>>;
}

/** Runs a program against mocks. An error in it, or a resource or call without a mock, rejects. */
export async function record<T>(
  program: () => T | Promise<T>,
  options: RecordOptions = {},
): Promise<Recording<T>> {
  const registrations = options.registrations ?? [];
  const calls: { token: string; inputs: Properties }[] = [];
  const failures: Error[] = [];
  const asked = new Map<string, LiveOptions>();
  const refuse = (error: Error): never => {
    failures.push(error);
    throw error;
  };
  await pulumi.runtime.setMocks(
    {
      call: ({ token, inputs }) => {
        calls.push({ token, inputs: inputs as Properties });
        const functions: Readonly<
          Record<string, ((inputs: Properties) => Properties) | undefined>
        > = { ...FUNCTIONS, ...buckets(options.config), ...options.functions };
        const answer = functions[token];
        try {
          return answer?.(inputs as Properties) ?? refuse(new Error(`no mock for call ${token}`));
        } catch (error) {
          // What the SDK shows of an error that the engine answers with.
          throw Object.assign(error as Error, { details: (error as Error).message });
        }
      },
      newResource: ({ type, name, inputs }) => {
        if (type.startsWith("mwaa:")) {
          return { id: undefined, state: inputs as Properties };
        }
        const outputs = (options.resources?.[type] ?? RESOURCES[type]) as Outputs | undefined;
        if (outputs === undefined) {
          return refuse(new Error(`no mock for resource ${type} ${name}`));
        }
        const computed = outputs(inputs as Properties, name);
        const id = typeof computed.id === "string" ? computed.id : `${name}-id`;
        const mocked = { id, state: { ...(inputs as Properties), ...computed } };
        const liveOptions = asked.get(`${type} ${name}`);
        return options.made === undefined || liveOptions === undefined
          ? mocked
          : {
              id: undefined,
              ...options.made({ type, name, inputs: inputs as Properties, ...liveOptions }, mocked),
            };
      },
    },
    PROJECT,
    options.stack ?? "test",
    options.preview ?? false,
    "organization",
  );
  pulumi.runtime.setAllConfig(
    stackConfig(options.config ?? {}),
    (options.secrets ?? []).map((key) => `${PROJECT}:${key}`),
  );
  watchRegistrations(registrations, failures, asked);

  const result = await program();
  // A failed registration leaves outputs that never resolve, so look for it first.
  await pulumi.runtime.disconnect();
  if (failures.length > 0) {
    throw failures[0];
  }
  // What is not known yet never resolves.
  const known = options.made === undefined ? await resolved(result) : undefined;
  return { result: known as pulumi.Unwrap<T>, registrations, calls };
}

/** The value of an output, or of a structure with outputs in it. */
function resolved<T>(value: T): Promise<pulumi.Unwrap<T>> {
  return new Promise((resolve) => {
    pulumi.output(value).apply((known) => {
      resolve(known);
      return known;
    });
  });
}

/** The registrations of a type. */
export function ofType({ registrations }: Recording<unknown>, type: string): Registration[] {
  return registrations.filter((registration) => registration.type === type);
}

/** The one registration of a type, and of a name when there are more of the type. */
export function only(recording: Recording<unknown>, type: string, name?: string): Registration {
  const found = ofType(recording, type).filter(
    (registration) => name === undefined || registration.name === name,
  );
  if (found.length !== 1) {
    throw new Error(
      `found ${found.length} of ${type} ${name ?? ""}; there are ` +
        ofType(recording, type)
          .map((registration) => registration.name)
          .join(", "),
    );
  }
  return found[0];
}

/** URNs of all that a resource depends on, of what those depend on, and so on. */
export function allDependencies(
  { registrations }: Recording<unknown>,
  resource: Registration,
): Set<string> {
  const byUrn = new Map(registrations.map((registration) => [registration.urn, registration]));
  const found = new Set<string>();
  const visit = (urn: string): void => {
    if (!found.has(urn)) {
      found.add(urn);
      byUrn.get(urn)?.dependencies.forEach(visit);
    }
  };
  resource.dependencies.forEach(visit);
  return found;
}

/** Configuration as the engine hands it to a program: structured values as JSON. */
function stackConfig(config: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.includes(":") ? key : `${PROJECT}:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** A value without the envelopes that the SDK puts around secrets. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (pulumi.runtime.isRpcSecret(value)) {
    return plain(pulumi.runtime.unwrapRpcSecret(value));
  }
  const isFile = pulumi.asset.Asset.isInstance(value) || pulumi.asset.Archive.isInstance(value);
  return isFile
    ? value
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** The request to register a resource, as far as it is looked at here. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject(): Parameters<typeof pulumi.runtime.deserializeProperties>[0];
  getDependenciesList(): string[];
  getPropertydependenciesMap(): {
    toObject(
      includeInstance: boolean,
      valueToObject: (includeInstance: boolean, value: { getUrnsList(): string[] }) => string[],
    ): [string, string[]][];
  };
  getIgnorechangesList(): string[];
  getReplaceonchangesList(): string[];
  getDeletebeforereplacedefined(): boolean;
  getDeletebeforereplace(): boolean;
  getReplacementTrigger(): { toJavaScript(): unknown } | undefined;
  getCustomtimeouts(): { getDelete(): string } | undefined;
  getProtect(): boolean;
  getRetainondelete(): boolean;
}

interface RegisterResponse {
  getUrn(): string;
  getId(): string;
  getObject(): ReturnType<RegisterRequest["getObject"]>;
}

type RegisterCallback = (error: Error | null, response: RegisterResponse) => void;

/** Notes what mocks are not told: parent, dependencies and options of each registration. */
function watchRegistrations(
  registrations: Registration[],
  failures: Error[],
  asked: Map<string, LiveOptions>,
): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(request: RegisterRequest, callback: RegisterCallback): void;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const liveOptions = liveOptionsOf(request);
    asked.set(`${request.getType()} ${request.getName()}`, liveOptions);
    register(request, (error, response) => {
      if (error) {
        failures.push(error);
      } else {
        registrations.push(registrationOf(request, response, liveOptions));
      }
      callback(error, response);
    });
  };
}

/** A registration whose properties are read when they are asked for: most tests look at a few of 300 resources. */
function registrationOf(
  request: RegisterRequest,
  response: RegisterResponse,
  liveOptions: LiveOptions,
): Registration {
  const read = (object: ReturnType<RegisterRequest["getObject"]>) =>
    plain(pulumi.runtime.deserializeProperties(object)) as Properties;
  const inputs = once(() => read(request.getObject()));
  const state = once(() => ({ ...read(response.getObject()), id: response.getId() }));
  const propertyDependencies = once(() =>
    Object.fromEntries(
      request.getPropertydependenciesMap().toObject(false, (_, urns) => urns.getUrnsList()),
    ),
  );
  return {
    type: request.getType(),
    name: request.getName(),
    urn: response.getUrn(),
    parent: request.getParent(),
    get inputs() {
      return inputs();
    },
    get state() {
      return state();
    },
    dependencies: request.getDependenciesList(),
    get propertyDependencies() {
      return propertyDependencies();
    },
    ...liveOptions,
  };
}

/** What is made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function liveOptionsOf(request: RegisterRequest): LiveOptions {
  return {
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    replacementTrigger: plain(request.getReplacementTrigger()?.toJavaScript()),
    deleteTimeout: request.getCustomtimeouts()?.getDelete() ?? "",
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
  };
}

/** The buckets that are there before the stack: the one that its settings say so of. */
const buckets = ({ createAirflowBucket, airflowBucketName }: RecordOptions["config"] = {}) =>
  thereAre(createAirflowBucket === false ? [String(airflowBucketName)] : []);

/** Answers to who looks for a bucket, where there are these: as the provider's. */
export const thereAre = (names: readonly string[]): NonNullable<RecordOptions["functions"]> => ({
  "aws:s3/getBucket:getBucket": ({ bucket }) => {
    const name = String(bucket);
    if (!names.includes(name)) {
      throw new Error(`reading S3 Bucket (${name}): couldn't find resource`);
    }
    return { bucket: name, arn: `arn:aws:s3:::${name}` };
  },
  "aws:cloudcontrol/getResource:getResource": ({ identifier, typeName }) => ({
    ...{ identifier, typeName },
    properties: JSON.stringify(PROTECTED_BUCKET),
  }),
});

/** A bucket as MWAA wants it, as CloudFormation's type describes it. */
export const PROTECTED_BUCKET = {
  VersioningConfiguration: { Status: "Enabled" },
  PublicAccessBlockConfiguration: {
    ...{ BlockPublicAcls: true, BlockPublicPolicy: true },
    ...{ IgnorePublicAcls: true, RestrictPublicBuckets: true },
  },
};

/** What the rule of AWS's own schemas says of ids that the mocks answer with: they have names in them. */
export const MOCKED_ID = /-id"; AWS takes what fits \^(\(\\d\{12\}\\\/\)\?)?(vpc|subnet|sg)-/;
