import assert from "node:assert/strict";
import { createRequire } from "node:module";

import { PolicyResource, StackValidationArgs } from "@pulumi/policy";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

import { SharedStack } from "../../policy/sharedStack";

type Call = (
  call: { request: unknown },
  callback: (error: unknown, response: unknown) => void,
) => Promise<void>;

const { makeAnalyzeStackRpcFun } = createRequire(__filename)("@pulumi/policy/server") as {
  makeAnalyzeStackRpcFun: (
    pack: string,
    version: string,
    level: string,
    policies: readonly object[],
  ) => Call;
};

/** A request about a stack of buckets. */
function request(...names: readonly string[]) {
  const asked = new analyzer.AnalyzeStackRequest();
  asked.setResourcesList(
    names.map((name) => {
      const resource = new analyzer.AnalyzerResource();
      resource.setType("aws:s3/bucket:Bucket");
      resource.setName(name);
      resource.setUrn(`urn:pulumi:dev::mine::aws:s3/bucket:Bucket::${name}`);
      resource.setProperties(Struct.fromJavaScript({ bucket: name }));
      resource.setOptions(new analyzer.AnalyzerResourceOptions());
      return resource;
    }),
  );
  return asked;
}

describe("the resources of a stack", () => {
  const { prototype } = analyzer.AnalyzeStackRequest;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- put back as it was
  const plain = prototype.getResourcesList;

  afterEach(() => {
    prototype.getResourcesList = plain;
  });

  /** What each of three rules is given, by the SDK's own server; and how many resources the SDK made for it. */
  function seen(share: (given: readonly PolicyResource[]) => readonly PolicyResource[]) {
    const lists: (readonly PolicyResource[])[] = [];
    const made: number[] = [];
    const policies = ["a", "b", "c"].map((name) => ({
      ...{ name, description: name, enforcementLevel: "mandatory" },
      validateStack: ({ resources }: StackValidationArgs) => {
        made.push(resources.length);
        lists.push(share(resources));
      },
    }));
    const analyze = makeAnalyzeStackRpcFun("pack", "1.0.0", "mandatory", policies);
    return {
      ask: async (asked: unknown) => {
        lists.length = made.length = 0;
        await analyze({ request: asked }, (error) => assert.ifError(error));
        return { lists: [...lists], made: [...made] };
      },
    };
  }

  const names = (list: readonly PolicyResource[]) => list.map(({ name }) => name);

  it("are made once, and given to every rule", async () => {
    const shared = new SharedStack();
    const { ask } = seen((given) => shared.of(given));
    const { lists, made } = await ask(request("one", "two"));
    assert.deepEqual(made, [2, 0, 0]);
    assert.deepEqual(lists.map(names), [
      ["one", "two"],
      ["one", "two"],
      ["one", "two"],
    ]);
    assert.equal(lists[2], lists[0]);
  });

  it("are those of the stack that is asked about", async () => {
    const shared = new SharedStack();
    const { ask } = seen((given) => shared.of(given));
    await ask(request("one", "two"));
    assert.deepEqual((await ask(request("three"))).lists.map(names), [
      ["three"],
      ["three"],
      ["three"],
    ]);
    assert.deepEqual((await ask(request())).lists.map(names), [[], [], []]);
  });

  it("are what the SDK made where it takes them from elsewhere", async () => {
    const shared = new SharedStack();
    prototype.getResourcesList = plain;
    const { ask } = seen((given) => shared.of(given));
    const { lists, made } = await ask(request("one", "two"));
    assert.deepEqual(made, [2, 2, 2]);
    assert.deepEqual(lists.map(names), [
      ["one", "two"],
      ["one", "two"],
      ["one", "two"],
    ]);
  });
});
