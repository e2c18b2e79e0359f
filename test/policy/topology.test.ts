import assert from "node:assert/strict";

import {
  type WayToEverywhere,
  admits,
  best,
  reachesAws,
  shareOfEverywhere,
  worst,
} from "../../policy/topology";

describe("routes to everywhere", () => {
  it("are one to all addresses, or parts that make all of them together", () => {
    assert.deepEqual(shareOfEverywhere([["10.0.0.0/8"], ["0.0.0.0/0"], ["::/0"]]), [
      "none",
      "whole",
      "whole",
    ]);
    assert.deepEqual(shareOfEverywhere([["0.0.0.0/1"], ["128.0.0.0/1"]]), ["part", "part"]);
    assert.deepEqual(shareOfEverywhere([["0.0.0.0/1"], []]), ["none", "none"]);
    // A part beside the whole adds nothing.
    assert.deepEqual(shareOfEverywhere([["0.0.0.0/1"], ["0.0.0.0/0"]]), ["none", "whole"]);
  });
});

describe("whether AWS is reached", () => {
  const way = (kind: WayToEverywhere["kind"], more: Partial<WayToEverywhere> = {}) => ({
    ...{ kind, isPart: false, natReaches: [], certain: true },
    ...more,
  });
  const nat = (more: Partial<WayToEverywhere> = {}) => way("nat", { natReaches: ["yes"], ...more });
  const cases: [string, WayToEverywhere[], string][] = [
    ["without a route", [], "no"],
    ["by an internet gateway, without public addresses", [way("internet")], "no"],
    ["by a NAT gateway that reaches the internet", [nat()], "yes"],
    ["by a NAT gateway that does not", [nat({ natReaches: ["no"] })], "no"],
    ["by one of two NAT gateways that differ", [nat({ natReaches: ["yes", "no"] })], "maybe"],
    ["by a NAT gateway of a table that may be another's", [nat({ certain: false })], "maybe"],
    ["by a transit gateway, whose other side is not seen", [way("elsewhere")], "maybe"],
    ["by two halves", [nat({ isPart: true }), nat({ isPart: true })], "yes"],
    [
      "by halves of which one fails",
      [nat({ isPart: true }), way("internet", { isPart: true })],
      "no",
    ],
  ];
  for (const [when, ways, verdict] of cases) {
    it(`is ${verdict} ${when}`, () => {
      assert.equal(reachesAws(ways), verdict);
    });
  }
});

describe("whether rules admit clients", () => {
  const CLIENTS = ["10.0.0.0/24", "10.0.1.0/24"];
  const byBlocks = (...blocks: string[]) => ({ tcp: "yes", member: "no", blocks }) as const;
  it("is so by a group, or by blocks that hold all of their subnets together", () => {
    assert.equal(admits([{ tcp: "yes", member: "yes", blocks: [] }], CLIENTS), "yes");
    assert.equal(admits([byBlocks("10.0.0.0/23")], CLIENTS), "yes");
    assert.equal(admits([byBlocks("10.0.0.0/24"), byBlocks("10.0.1.0/24")], CLIENTS), "yes");
    assert.equal(admits([byBlocks("10.0.0.0/24")], CLIENTS), "no");
    assert.equal(admits([], CLIENTS), "no");
  });

  it("is open where the port, the group, the blocks or the subnets are", () => {
    assert.equal(admits([{ tcp: "maybe", member: "yes", blocks: [] }], CLIENTS), "maybe");
    assert.equal(admits([{ tcp: "yes", member: "maybe", blocks: [] }], CLIENTS), "maybe");
    assert.equal(admits([{ tcp: "yes", member: "no", blocks: undefined }], CLIENTS), "maybe");
    assert.equal(admits([byBlocks("10.0.0.0/24")], [undefined]), "maybe");
    assert.equal(admits([{ tcp: "no", member: "yes", blocks: ["0.0.0.0/0"] }], CLIENTS), "no");
  });
});

describe("verdicts", () => {
  it("have a best and a worst, of none as well", () => {
    assert.deepEqual(
      [best([]), best(["no", "maybe"]), best(["maybe", "yes"])],
      ["no", "maybe", "yes"],
    );
    assert.deepEqual(
      [worst([]), worst(["yes", "maybe"]), worst(["maybe", "no"])],
      ["yes", "maybe", "no"],
    );
  });
});
