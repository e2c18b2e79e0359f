import assert from "node:assert";
import fc from "fast-check";
import { type NetworkCidrs, checkCidr, checkNetworkCidrs } from "../../checks/cidr";

/** A block as its first and last address: arithmetic that shares nothing with the library's. */
interface Range {
  readonly first: number;
  readonly last: number;
}

const size = (mask: number): number => 2 ** (32 - mask);
const text = (first: number, mask: number): string =>
  `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${mask}`;

const block = (least: number, most: number) =>
  fc
    .tuple(fc.integer({ min: least, max: most }), fc.nat(2 ** 32 - 1))
    .map(([mask, address]): Range & { cidr: string; mask: number } => {
      const first = Math.floor(address / size(mask)) * size(mask);
      return { first, last: first + size(mask) - 1, mask, cidr: text(first, mask) };
    });

/** Blocks close to each other, so that they often overlap or leave the VPC. */
const near = fc
  .tuple(fc.integer({ min: 16, max: 28 }), fc.integer({ min: -1024, max: 2 ** 17 }))
  .map(([mask, offset]) => {
    const address = 10 * 2 ** 24 + 192 * 2 ** 16 + offset;
    const first = Math.floor(address / size(mask)) * size(mask);
    return { first, last: first + size(mask) - 1, cidr: text(first, mask) };
  });

describe("checkCidr", () => {
  it("takes every block with a mask from /16 to /28", () => {
    fc.assert(
      fc.property(block(16, 28), ({ cidr }) => {
        assert.deepStrictEqual(checkCidr("vpcCidr", cidr), []);
      }),
    );
  });

  it("refuses every other mask", () => {
    fc.assert(
      fc.property(fc.oneof(block(0, 15), block(29, 32)), ({ cidr, mask }) => {
        const [problem] = checkCidr("vpcCidr", cidr);
        assert.match(problem.allowed, /between \/16 and \/28/);
        assert.ok(problem.remedy.includes(`/${mask}`));
      }),
    );
  });

  it("refuses an address inside a block, and names the block", () => {
    fc.assert(
      fc.property(block(16, 28), fc.nat(2 ** 32), ({ first, mask, cidr }, offset) => {
        const inside = first + 1 + (offset % (size(mask) - 1));
        const [problem] = checkCidr("vpcCidr", text(inside, mask));
        assert.ok(problem.remedy.includes(cidr), problem.remedy);
      }),
    );
  });

  it("refuses what is no block, whatever it is, without failing", () => {
    fc.assert(
      fc.property(fc.string(), (anything) => {
        assert.strictEqual(checkCidr("vpcCidr", anything).length, 1);
      }),
    );
    for (const cidr of ["", "10.0.0.0", "10.0.0.0/", "10.0.0/16", "300.0.0.0/16", "fd00::/16"]) {
      assert.strictEqual(checkCidr("vpcCidr", cidr).length, 1, cidr);
    }
  });
});

describe("checkNetworkCidrs", () => {
  const network = (blocks: readonly { cidr: string }[]): NetworkCidrs => ({
    vpcCidr: "10.192.0.0/16",
    publicSubnetCidrs: blocks.slice(0, 2).map(({ cidr }) => cidr),
    privateSubnetCidrs: blocks.slice(2, 4).map(({ cidr }) => cidr),
    redshiftSubnetCidrs: blocks.slice(4).map(({ cidr }) => cidr),
  });

  it("agrees with plain arithmetic on what overlaps and what is outside", () => {
    const vpc: Range = {
      first: 10 * 2 ** 24 + 192 * 2 ** 16,
      last: 10 * 2 ** 24 + 193 * 2 ** 16 - 1,
    };
    fc.assert(
      fc.property(fc.array(near, { minLength: 6, maxLength: 7 }), (blocks) => {
        const outside = blocks.filter(({ first, last }) => first < vpc.first || last > vpc.last);
        const overlaps = blocks.flatMap((one, index) =>
          blocks
            .slice(0, index)
            .filter((other) => one.first <= other.last && other.first <= one.last),
        );
        const problems = checkNetworkCidrs(network(blocks));
        const count = (allowed: RegExp): number =>
          problems.filter((problem) => allowed.test(problem.allowed)).length;
        assert.strictEqual(count(/inside vpcCidr/), outside.length);
        assert.strictEqual(count(/no other subnet uses/), overlaps.length);
        assert.strictEqual(problems.length, outside.length + overlaps.length);
      }),
      { numRuns: 500 },
    );
  });

  it("counts the blocks of each kind", () => {
    const even = Array.from({ length: 7 }, (_, index) => ({ cidr: `10.192.${index}.0/24` }));
    assert.deepStrictEqual(checkNetworkCidrs(network(even)), []);
    assert.deepStrictEqual(checkNetworkCidrs(network(even.slice(0, 6))), []);
    const [problem, ...others] = checkNetworkCidrs(network(even.slice(0, 5)));
    assert.strictEqual(problem.setting, "redshiftSubnetCidrs");
    assert.deepStrictEqual(others, []);
  });
});
