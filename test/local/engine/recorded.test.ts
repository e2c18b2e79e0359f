import assert from "node:assert/strict";
import * as fs from "node:fs";

import type { PulumiCommand } from "@pulumi/pulumi/automation";

import { toolHome } from "../../../local/home";
import { findPulumi } from "../../../local/setup/pulumiCli";
import { RecordedResource } from "../../policy/mutant";
import { recording } from "../../policy/recorded";
import { deriveGraphs } from "../../policy/recordings/derive";
import { type Mode, graphFile } from "../../policy/recordings/store";
import type { StackName } from "../../stackFiles";
import { temporaryHome } from "../running";

/** The stack with the most resources and settings. */
const STACK: StackName = "prod";

/**
 * The policy tests work on graphs that were derived once for each state of the checkout. Here those of a stack are
 * derived again, so that they follow from nothing else than what `test/policy/recordings/inputs.ts` knows of.
 */
describe(`what the engine shows a policy pack of ${STACK}, derived again`, () => {
  const { home, remove } = temporaryHome();
  const folder = home.dir("graphs");

  const again = (mode: Mode) =>
    JSON.parse(fs.readFileSync(graphFile(folder, mode), "utf8")) as RecordedResource[];

  before(async () => {
    // Both of one state of the checkout.
    recording(STACK, "planned");
    await deriveGraphs(STACK, folder, home, {
      pulumi: (await findPulumi(toolHome)) as PulumiCommand,
      log: toolHome.log("recordings-again"),
    });
  });
  after(remove);

  it("is the same at the first preview", () => {
    // Names that the provider makes up end in random digits; other names have them in the middle.
    const named = (resources: RecordedResource[]) =>
      JSON.parse(
        JSON.stringify(resources).replace(/-[0-9a-f]{7}(?=["/-])/g, "-0000000"),
      ) as RecordedResource[];
    const planned = again("planned");
    assert.ok(planned.length > 100, `${planned.length} resources`);
    assert.deepEqual(named(planned), named(recording(STACK, "planned")));
  });

  it("has the same properties once it is up", () => {
    // The values of ids and of what has them in it are others each time.
    const shape = (resources: RecordedResource[]) =>
      resources.map(({ type, name, props, propertyDependencies, protect }) => ({
        type,
        name,
        props: Object.keys(props).sort(),
        propertyDependencies,
        protect,
      }));
    assert.deepEqual(shape(again("deployed")), shape(recording(STACK, "deployed")));
  });
});
