import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { PulumiCommand } from "@pulumi/pulumi/automation";

import { startCloud, stopCloud } from "../../../local/cli/cloud";
import { LocalStack } from "../../../local/engine/stack";
import { ROOT, toolHome } from "../../../local/home";
import { findPulumi } from "../../../local/setup/pulumiCli";
import { RecordedResource } from "../../policy/mutant";
import { recordingFile } from "../../policy/recorded";
import { STACKS } from "../../stackFiles";
import { freePort, temporaryHome } from "../running";

const CAPTURE = path.join(ROOT, "test", "policy", "capture");

/**
 * The policy tests work on recordings of what the engine shows a policy pack. Here each is made anew, from an
 * empty cloud. Write them with: UPDATE_GOLDEN=1 npm test -- engine/recorded
 */
for (const stackName of STACKS) {
  describe(`what the engine shows a policy pack of ${stackName}`, () => {
    const { home, remove } = temporaryHome();
    const file = home.file("capture.json");
    let stack: LocalStack;

    const captured = () => JSON.parse(fs.readFileSync(file, "utf8")) as RecordedResource[];
    const golden = (mode: "planned" | "deployed"): RecordedResource[] => {
      if (process.env.UPDATE_GOLDEN === "1") {
        fs.copyFileSync(file, recordingFile(stackName, mode));
      }
      return JSON.parse(
        fs.readFileSync(recordingFile(stackName, mode), "utf8"),
      ) as RecordedResource[];
    };

    before(async () => {
      process.env.POLICY_CAPTURE = file;
      stack = await LocalStack.open({
        home,
        pulumi: (await findPulumi(toolHome)) as PulumiCommand,
        cloud: await startCloud(home, await freePort(), () => undefined),
        onOutput: () => undefined,
        stack: stackName,
        policyPack: CAPTURE,
      });
    });
    after(async () => {
      delete process.env.POLICY_CAPTURE;
      await stopCloud(home);
      remove();
    });

    it("is as recorded at the first preview", async () => {
      process.env.POLICY_CAPTURE = file;
      await stack.preview();
      // Names that the provider makes up end in random digits; other names have them in the middle.
      const named = (resources: RecordedResource[]) =>
        JSON.parse(
          JSON.stringify(resources).replace(/-[0-9a-f]{7}(?=["/-])/g, "-0000000"),
        ) as RecordedResource[];
      assert.deepEqual(named(captured()), named(golden("planned")));
    });

    it("has the recorded properties once it is up", async () => {
      process.env.POLICY_CAPTURE = file;
      await stack.up();
      // The values of ids and of what has them in it are others each time.
      const shape = (resources: RecordedResource[]) =>
        resources.map(({ type, name, props, propertyDependencies, protect }) => ({
          type,
          name,
          props: Object.keys(props).sort(),
          propertyDependencies,
          protect,
        }));
      const now = captured();
      assert.deepEqual(shape(now), shape(golden("deployed")));
    });
  });
}
