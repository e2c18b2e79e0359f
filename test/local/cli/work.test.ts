import assert from "node:assert/strict";

import { update, updateWhereChanged } from "../../../local/cli/work";
import type { LastUpdate } from "../../../local/engine/lastUpdate";
import type { Operation } from "../../../local/engine/operation";

/** What the policy pack said of an operation. */
const said = (pack: string): Operation["policies"] => ({
  pack,
  rules: ["rule"],
  violations: [],
  suppressed: [],
});

/** A stack that notes what is done with it, and whether what it is made from is that of its last update. */
class NotedStack {
  readonly done: string[] = [];

  constructor(private readonly last: LastUpdate | undefined) {}

  inputs(): string {
    return "digest";
  }

  lastUpdate(inputs: string): LastUpdate | undefined {
    assert.equal(inputs, "digest");
    return this.last;
  }

  preview(): Promise<Operation> {
    this.done.push("preview");
    return Promise.resolve({ changes: {}, changed: [], policies: said("preview"), seconds: 2 });
  }

  up(checked?: string): Promise<Operation> {
    this.done.push(`up ${checked}`);
    return Promise.resolve({ changes: {}, changed: [], policies: said("up"), seconds: 3 });
  }
}

const LAST = { ended: "2026-03-01T12:00:00.000Z", policies: said("last") };

/** What a function writes to standard output, and gives. */
async function printed<T>(work: () => Promise<T>): Promise<[T, string]> {
  const write = process.stdout.write.bind(process.stdout);
  let text = "";
  process.stdout.write = (part: string | Uint8Array) => {
    text += String(part);
    return true;
  };
  try {
    return [await work(), text];
  } finally {
    process.stdout.write = write;
  }
}

describe("the update of a stack", () => {
  it("previews first where anything has changed, and adds up their seconds", async () => {
    for (const way of [update, updateWhereChanged]) {
      const stack = new NotedStack(undefined);
      const [made] = await printed(() => way(stack));
      assert.deepEqual(stack.done, ["preview", "up digest"]);
      assert.deepEqual(made, { policies: said("up"), seconds: 5 });
    }
  });

  it("has no preview where nothing has changed, but has the engine look", async () => {
    const stack = new NotedStack(LAST);
    const [made, text] = await printed(() => update(stack));
    assert.deepEqual(stack.done, ["up digest"]);
    assert.deepEqual(made, { policies: said("up"), seconds: 3 });
    assert.match(text, /No preview: nothing has changed/);
  });

  it("is left out where nothing has changed and that is asked for, and says since when", async () => {
    const stack = new NotedStack(LAST);
    const [made, text] = await printed(() => updateWhereChanged(stack));
    assert.deepEqual(stack.done, []);
    assert.deepEqual(made, {
      policies: said("last"),
      seconds: 0,
      unchangedSince: "2026-03-01T12:00:00.000Z",
    });
    assert.match(text, /No update: .* of 2026-03-01T12:00:00\.000Z .*: npm run local -- up/);
  });
});
