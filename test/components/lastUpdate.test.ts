import assert from "node:assert/strict";

import type { UpdateNote } from "../../components/lastUpdate";
import type { RecordOptions } from "../mocks";
import { recordStack } from "../liveStack/stack";
import { ACCOUNT } from "../mockedAccount";

type Changes = Readonly<Record<string, unknown>>;

const noteOf = async (settings: Changes): Promise<UpdateNote> =>
  ((await recordStack("prod", settings)).result as { lastUpdate: UpdateNote }).lastUpdate;

let noted: Promise<UpdateNote> | undefined;

/** The note of the stack as it is. */
const asItIs = () => (noted ??= noteOf({}));

/** Runs the program on a stack whose last update noted this. */
const update = (lastUpdate: UpdateNote, settings: Changes, options: RecordOptions = {}) =>
  recordStack("prod", settings, {
    ...options,
    resources: { "pulumi:pulumi:StackReference": () => ({ outputs: { lastUpdate } }) },
  });

const arns = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `arn:aws:iam::${ACCOUNT}:policy/given-${from + i}`);

describe("what a stack notes of its last update", () => {
  it("tells where it is, and the policies of its role", async () => {
    const Resource = "arn:aws:sqs:us-east-1:123456789012:own";
    const executionRoleStatements = [{ Sid: "Own", Action: "sqs:SendMessage", Resource }];
    const note = await noteOf({ executionRolePolicyArns: arns(1), executionRoleStatements });
    const { otherSettings, executionRolePolicies, ...place } = note;
    assert.deepEqual(place, { accountId: ACCOUNT, region: "us-east-1", forceDestroy: false });
    assert.match(otherSettings, /^[0-9a-f]{16}$/);
    assert.ok(executionRolePolicies.includes("own"));
    assert.ok(executionRolePolicies.includes(arns(1)[0]));
  });

  it("is the same for the same settings, and for others another", async () => {
    const note = await asItIs();
    assert.deepEqual(await noteOf({}), note);
    assert.deepEqual(await noteOf({ forceDestroy: true }), { ...note, forceDestroy: true });
    assert.notEqual((await noteOf({ maxWorkers: 9 })).otherSettings, note.otherSettings);
  });

  it("tells nothing of what is secret in a connection", async () => {
    const of = async (connections: Changes) => (await noteOf({ connections })).otherSettings;
    const one = await of({ db: "http://one.example.com" });
    assert.equal(await of({ db: "http://other.example.com" }), one);
    assert.notEqual(await of({ other: "http://one.example.com" }), one);
  });

  it("lets forceDestroy change alone, and anything else with it as it was", async () => {
    const note = await asItIs();
    await update(note, {});
    await update(note, { forceDestroy: true });
    await update(note, { maxWorkers: 9 });
    await update({ ...note, forceDestroy: true }, {});
  });

  for (const forceDestroy of [true, false]) {
    it(`refuses that forceDestroy becomes ${forceDestroy} together with another setting`, async () => {
      const note = { ...(await asItIs()), forceDestroy: !forceDestroy };
      await assert.rejects(
        update(note, { forceDestroy, maxWorkers: 9 }),
        new RegExp(
          `forceDestroy changes from ${!forceDestroy} to ${forceDestroy} together with other settings; nothing was`,
        ),
      );
    });
  }

  for (const [place, other] of [
    ["region", "eu-west-1"],
    ["accountId", "210987654321"],
  ] as const) {
    it(`refuses another ${place}, before anything is registered`, async () => {
      const registrations: NonNullable<RecordOptions["registrations"]> = [];
      const note = { ...(await asItIs()), [place]: other };
      await assert.rejects(
        update(note, {}, { registrations }),
        new RegExp(`${other}.*, and this update is for us-east-1 of ${ACCOUNT}.*does not move`),
      );
      assert.deepEqual(
        registrations.map(({ type }) => type).filter((type) => type !== "pulumi:pulumi:Stack"),
        [],
      );
    });
  }

  it("refuses policies that find no room before those of now are detached, before anything is registered", async () => {
    const registrations: NonNullable<RecordOptions["registrations"]> = [];
    const own = (await asItIs()).executionRolePolicies.length;
    const room = 10 - own;
    const note = await noteOf({ executionRolePolicyArns: arns(room) });
    await update(note, { executionRolePolicyArns: arns(room - 1) });
    await assert.rejects(
      update(note, { executionRolePolicyArns: arns(room, 1) }, { registrations }),
      new RegExp(
        `would have 11 managed policies during this update.*before ${arns(1)[0]} is detached`,
      ),
    );
    assert.deepEqual(
      registrations.filter(({ type }) => type !== "pulumi:pulumi:Stack"),
      [],
    );
  });
});
