import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";

import { noteInJournal } from "../journal";
import { functionOf, rowOf } from "./index";
import {
  UNKNOWN,
  checkArguments,
  checkInputs,
  difference,
  isLeftOut,
  observedInputs,
  stateOf,
  urnParts,
} from "./lifecycle";
import { AnyRow, Properties } from "./row";

/** The version of the official provider that this one stands for. */
const VERSION = "7.48.0";

/** The engine's own limit. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

type Call<Request> = grpc.ServerUnaryCall<Request, unknown>;
/** What a call is answered with where it fails. */
type Failure = Pick<grpc.ServiceError, "code" | "message"> & { readonly metadata?: grpc.Metadata };

type Handler = (
  call: Call<unknown>,
  answer: (error: Failure | null, response?: unknown) => void,
) => void;

/** A resource that was created and is not right: the engine keeps it, and the next update tries to mend it. */
class InitializationError extends Error {
  constructor(
    readonly id: string,
    readonly state: Properties,
    cause: Error,
  ) {
    super(cause.message);
    this.name = cause.name;
  }

  /** As the engine expects it: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto */
  metadata(): grpc.Metadata {
    const detail = new proto.ErrorResourceInitFailed();
    detail.setId(this.id);
    detail.setProperties(structOf(this.state));
    detail.setReasonsList([this.message]);
    const packed = new Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(this.message);
    status.addDetails(packed);
    const metadata = new grpc.Metadata();
    metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
    return metadata;
  }
}

/**
 * Serves one method: errors reach the engine with the resource that they are about. The service is implemented
 * here, and not by the SDK's `main`, since that cannot tell a preview from an update.
 */
function method<Request, Response>(
  work: (request: Request) => Promise<Response>,
  about: (request: Request) => string = () => "",
): Handler {
  return (call, answer) => {
    const request = call.request as Request;
    work(request).then(
      (response) => answer(null, response),
      (error: Error) => {
        const kind = error.name === "Error" ? "" : `${error.name}: `;
        const subject = about(request);
        answer({
          metadata: error instanceof InitializationError ? error.metadata() : undefined,
          code: grpc.status.UNKNOWN,
          message: `${subject === "" || error.message.startsWith(subject) ? "" : `${subject}: `}${kind}${error.message}`,
        });
      },
    );
  };
}

const subject = (request: { getUrn(): string }): string => {
  const { type, name } = urnParts(request.getUrn());
  return `${type} ${name}`;
};

const plainOf = (struct: Struct | undefined) => (struct?.toJavaScript() ?? {}) as Properties;

/** As a message: what is undefined is left out. */
const structOf = (properties: Properties) =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, never>);

const rowAt = (urn: string) => rowOf(urnParts(urn).type);

async function check(request: proto.CheckRequest): Promise<proto.CheckResponse> {
  const urn = request.getUrn();
  const row = await rowAt(urn);
  const response = new proto.CheckResponse();
  response.setInputs(
    structOf(checkInputs(row, urn, plainOf(request.getOlds()), plainOf(request.getNews()))),
  );
  return response;
}

async function diff(request: proto.DiffRequest): Promise<proto.DiffResponse> {
  const row = await rowAt(request.getUrn());
  const { changed, replaces, deleteBeforeReplace } = difference(
    row,
    plainOf(request.getOldInputs()),
    plainOf(request.getNews()),
  );
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse();
  response.setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList([...changed]);
  response.setReplacesList([...replaces]);
  response.setDeletebeforereplace(deleteBeforeReplace);
  return response;
}

const unknowns = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, UNKNOWN]));

async function create(request: proto.CreateRequest): Promise<proto.CreateResponse> {
  const urn = request.getUrn();
  const row = await rowAt(urn);
  const inputs = plainOf(request.getProperties());
  const response = new proto.CreateResponse();
  if (request.getPreview()) {
    await plan(row, inputs);
    const chosen = (row.leftOut ?? []).filter((key) => isLeftOut(row, key, inputs));
    const unknown = unknowns(["id", ...row.computed, ...chosen]);
    response.setProperties(structOf(stateOf(row, inputs, unknown)));
    return response;
  }
  const { id, outputs } = await make(row, urn, inputs);
  response.setId(id);
  // The official provider has the id among the outputs as well: policy packs find it there.
  response.setProperties(structOf(stateOf(row, inputs, { ...outputs, id })));
  return response;
}

/** Asks AWS what the official provider asks before anything is made or changed. */
async function plan(
  row: AnyRow,
  inputs: Properties,
  changed?: ReadonlySet<string>,
  olds?: Properties,
): Promise<void> {
  if (!JSON.stringify(inputs).includes(UNKNOWN)) {
    await row.plan?.(inputs, changed, olds);
  }
}

/** Makes a resource. One that is there and fails afterwards is kept as such. */
async function make(row: AnyRow, urn: string, inputs: Properties) {
  let begun: string | undefined;
  let there: string | undefined;
  const made = (id: string): void => {
    if (begun === undefined) {
      begun = id;
      noteInJournal({ urn, id, state: stateOf(row, inputs, { id }) });
    }
  };
  await plan(row, inputs);
  const known = await row.idOf?.(inputs);
  if (known !== undefined) {
    if ((await row.read(known, inputs)) !== undefined) {
      throw new Error(`${known} is there already: remove it, or choose another name`);
    }
    made(known);
  }
  try {
    const result = await row.create(inputs, (id) => {
      there = id;
      made(id);
    });
    made(result.id);
    return result;
  } catch (error) {
    if (there !== undefined) {
      const outputs = await row.read(there, inputs).catch(() => undefined);
      const state = stateOf(row, inputs, { ...outputs, id: there });
      throw new InitializationError(there, state, error as Error);
    }
    if (begun !== undefined) {
      // What has been noted and not made; only what is new, and so empty, may go.
      await row.delete(begun, { ...inputs, forceDestroy: false }).catch((second: Error) => {
        throw new Error(
          `${(error as Error).message}; what there is of it, ${begun}, could not be removed: ${second.message}`,
        );
      });
    }
    throw error;
  }
}

async function read(request: proto.ReadRequest): Promise<proto.ReadResponse> {
  const row = await rowAt(request.getUrn());
  const inputs = plainOf(request.getInputs());
  const response = new proto.ReadResponse();
  const there = await row.read(request.getId(), plainOf(request.getProperties()));
  if (there === undefined) {
    return response;
  }
  const observed = observedInputs(row, inputs, there);
  const outputs = { ...plainOf(request.getProperties()), ...there, id: request.getId() };
  response.setId(request.getId());
  response.setInputs(structOf(observed));
  response.setProperties(structOf(stateOf(row, observed, outputs)));
  return response;
}

async function update(request: proto.UpdateRequest): Promise<proto.UpdateResponse> {
  const row = await rowAt(request.getUrn());
  const [olds, inputs] = [plainOf(request.getOlds()), plainOf(request.getNews())];
  const computed = {
    ...Object.fromEntries(
      Object.entries(olds).filter(
        ([key]) => !row.args.includes(key) || isLeftOut(row, key, inputs),
      ),
    ),
    id: request.getId(),
  };
  const changed = new Set(difference(row, plainOf(request.getOldInputs()), inputs).changed);
  await plan(row, inputs, changed, olds);
  const response = new proto.UpdateResponse();
  if (request.getPreview()) {
    const outputs = { ...computed, ...unknowns(row.volatile?.(changed) ?? []) };
    response.setProperties(structOf(stateOf(row, inputs, outputs)));
    return response;
  }
  if (row.update === undefined) {
    throw new Error("cannot be changed in place");
  }
  const fresh = await row.update({ id: request.getId(), inputs, olds, changed });
  response.setProperties(structOf(stateOf(row, inputs, { ...computed, ...(fresh ?? {}) })));
  return response;
}

async function remove(request: proto.DeleteRequest): Promise<Empty> {
  const row = await rowAt(request.getUrn());
  // Seconds, and 0 where the program gives no time.
  const minutes = request.getTimeout() / 60 || undefined;
  await row.delete(request.getId(), plainOf(request.getProperties()), minutes);
  return new Empty();
}

async function invoke(request: proto.InvokeRequest): Promise<proto.InvokeResponse> {
  const token = request.getTok();
  const fn = await functionOf(token);
  const args = plainOf(request.getArgs());
  checkArguments(fn, token, args);
  const response = new proto.InvokeResponse();
  response.setReturn(structOf(await fn.call(args)));
  return response;
}

function configure(): Promise<proto.ConfigureResponse> {
  const response = new proto.ConfigureResponse();
  response.setSupportspreview(true);
  // Plain values are asked for: the engine keeps track of what is secret.
  response.setAcceptsecrets(false);
  response.setAcceptresources(false);
  response.setAcceptoutputs(false);
  return Promise.resolve(response);
}

function getPluginInfo(): Promise<plugin.PluginInfo> {
  const info = new plugin.PluginInfo();
  info.setVersion(VERSION);
  return Promise.resolve(info);
}

function getSchema(): Promise<proto.GetSchemaResponse> {
  const response = new proto.GetSchemaResponse();
  response.setSchema("{}");
  return Promise.resolve(response);
}

function checkConfig(request: proto.CheckRequest): Promise<proto.CheckResponse> {
  const response = new proto.CheckResponse();
  response.setInputs(request.getNews());
  return Promise.resolve(response);
}

const nothing = () => Promise.resolve(new Empty());

/** Serves the provider on a free port of 127.0.0.1 and prints the port, as the engine expects. */
export async function serve(): Promise<() => Promise<void>> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": MAX_MESSAGE_BYTES });
  server.addService(ResourceProviderService, {
    attach: method(nothing),
    cancel: method(nothing),
    check: method(check, subject),
    checkConfig: method(checkConfig),
    configure: method(configure),
    create: method(create, subject),
    delete: method(remove, subject),
    diff: method(diff, subject),
    diffConfig: method(() => Promise.resolve(new proto.DiffResponse())),
    getPluginInfo: method(getPluginInfo),
    getSchema: method(getSchema),
    invoke: method(invoke),
    read: method(read, subject),
    update: method(update, subject),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  process.stdout.write(`${port}\n`);
  return () => new Promise((resolve) => server.tryShutdown(() => resolve()));
}
