import assert from "node:assert";
import fc from "fast-check";
import { fitName } from "../../checks/names";

describe("fitName", () => {
  const shape = fc.record({
    maxLength: fc.integer({ min: 20, max: 80 }),
    filler: fc.constantFrom("-" as const, "_" as const),
  });

  it("gives lower-case letters, digits and single fillers, within the length", () => {
    fc.assert(
      fc.property(fc.string(), shape, (text, { maxLength, filler }) => {
        const name = fitName(text, { maxLength, filler });
        assert.ok(name.length <= maxLength);
        assert.match(name, new RegExp(`^[a-z0-9]+(${filler}[a-z0-9]+)*$`));
      }),
    );
  });

  it("leaves a name that fits alone, so that it is stable when it is fitted again", () => {
    fc.assert(
      fc.property(fc.string(), shape, (text, limits) => {
        const name = fitName(text, limits);
        assert.strictEqual(fitName(name, limits), name);
      }),
    );
    assert.strictEqual(fitName("mwaa-dev", { maxLength: 63, filler: "-" }), "mwaa-dev");
  });

  it("tells texts apart that look alike once they are fitted", () => {
    const texts = ["dev", "Dev", "DEV", "dev-", "-dev", "d-ev", "d--ev", "d.ev", "d_ev"];
    const names = texts.map((text) => fitName(text, { maxLength: 30, filler: "-" }));
    assert.strictEqual(new Set(names).size, texts.length);
  });
});
