import assert from "node:assert/strict";

import names from "../../policy/cloudformation/names.json";
import { evaluate } from "../../policy/evaluate";
import { awsPropertyConstraints } from "../../policy/rules/aws/aws-property-constraints";
import { resource } from "../policy/graph";
import accepted from "./acceptedOfDocumented.json";
import { documented } from "./documented";

describe("resources of the provider's documentation under aws-property-constraints", () => {
  it("are refused nowhere but where the example is cut short or made up", () => {
    const found = documented(Object.keys(names.types));
    assert.ok(found.length > 1000, `${found.length} resources`);
    assert.ok(new Set(found.map(({ type }) => type)).size > 250);
    const said = found.flatMap(({ type, name, inputs }) =>
      evaluate(awsPropertyConstraints, [resource(type, name, inputs)]).violations.map(
        ({ message }) => ({ type, message }),
      ),
    );
    const fits = (entry: (typeof accepted)[number], one: (typeof said)[number]): boolean =>
      entry.type === one.type && one.message.startsWith(entry.says);
    assert.deepEqual(
      said.filter((one) => !accepted.some((entry) => fits(entry, one))),
      [],
    );
    assert.deepEqual(
      accepted.filter((entry) => !said.some((one) => fits(entry, one))),
      [],
      "acceptedOfDocumented.json has entries that fit nothing: remove them",
    );
  });
});
