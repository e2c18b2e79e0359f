import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { architecture } from "../tools/architecture";
import { assertGolden } from "./goldenFile";
import { shippedStack } from "./shippedStack";

const ROOT = path.join(__dirname, "..");
const BEGIN = "<!-- architecture: the components of the stack dev and what they depend on -->";
const END = "<!-- end of architecture -->";

const PIPELINES = path.join(ROOT, "components/pipelines");

/** Types of the components that pipelines create. */
const OF_PIPELINES = new Set(
  fs
    .readdirSync(PIPELINES, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => [
      ...fs.readFileSync(path.join(PIPELINES, file), "utf8").matchAll(/super\("(mwaa:[^"]+)"/g),
    ])
    .map(([, type]) => type),
);

async function picture(): Promise<string> {
  const { registrations } = await shippedStack("dev");
  // What stands for a pipeline's data is nothing in AWS.
  return architecture(
    registrations.filter(({ type }) => type !== "mwaa:pipeline:PipelineData"),
    (type) => OF_PIPELINES.has(type),
  );
}

describe("the picture of the architecture", () => {
  for (const page of ["README.md", "docs/architecture.md"]) {
    it(`in ${page} is that of the stack dev`, async () => {
      const file = path.join(ROOT, page);
      const text = fs.readFileSync(file, "utf8");
      const [before, rest = ""] = text.split(BEGIN);
      const after = rest.split(END)[1] ?? "";
      const wanted = `${before}${BEGIN}\n\n\`\`\`mermaid\n${await picture()}\n\`\`\`\n\n${END}${after}`;
      assertGolden(file, wanted, __filename, "The picture changed.");
    });
  }

  it("has at most 25 nodes, and no edge that follows from others", async () => {
    const text = await picture();
    assert.ok((text.match(/\[".*"\]/g) ?? []).length <= 25);
    assert.match(text, /subgraph pipelines\n {4}\w+\[/);
    assert.match(text, /AirflowEnvironment --> .* & /);
  });

  it("leaves out what follows from other edges", () => {
    const one = (name: string, ...uses: string[]) => ({
      urn: name,
      type: `mwaa:x:${name}`,
      name,
      parent: "",
      dependencies: uses,
    });
    const text = architecture([one("A"), one("B", "A"), one("C", "A", "B")], () => false);
    assert.deepEqual(
      text.split("\n").filter((line) => line.includes("-->")),
      ["  B --> A", "  C --> B"],
    );
  });
});
