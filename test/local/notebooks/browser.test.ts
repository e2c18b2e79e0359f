import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { noBrowser, showsCharts } from "../browser";

/** A chart of one bar. */
function chart(label: string, style = ""): string {
  return (
    `<svg class="best-sellers" aria-label="${label}" width="90" height="40" style="${style}">` +
    `<rect class="bar" width="50" height="20"/></svg>`
  );
}

/** What `pipelines/bestSellers.test.ts` looks at the notebook's page with: it sees what is wrong with one. */
describe("a page of charts in a browser", function () {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "page-"));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  before(function () {
    const missing = noBrowser();
    if (missing !== undefined) {
      process.stdout.write(`  skipped: ${missing}\n`);
      this.skip();
    }
  });

  function page(body: string): string {
    const file = path.join(folder, "page.html");
    fs.writeFileSync(file, `<!doctype html><meta charset="utf-8"><title>t</title>${body}`);
    return file;
  }

  const one = chart("one");
  const faulty: [string, string, RegExp][] = [
    ["too few charts", one, /charts in/],
    ["too many", one + chart("two") + chart("three"), /charts in/],
    ["one category twice", one + one, /different categories/],
    ["a hidden chart", one + chart("two", "display: none"), /"two" cannot be seen/],
    [
      "a chart without a size",
      one + chart("two", "width: 0"),
      /"two" (cannot be seen|has no size)/,
    ],
    [
      "a hidden bar",
      one + chart("two").replace("<rect", '<rect visibility="hidden"'),
      /bars of "two"/,
    ],
    [
      "a picture from the network",
      `${one}${chart("two")}<img src="http://127.0.0.1:9/a">`,
      /request/,
    ],
    [
      "a script from the network",
      `${one}${chart("two")}<script src="https://example.com/a.js"></script>`,
      /request: https:\/\/example.com\/a.js/,
    ],
    ["another file", `${one}${chart("two")}<img src="other.png">`, /request: file:/],
    ["an error", `${one}${chart("two")}<script>throw new Error("oh")</script>`, /error: oh/],
    [
      "an error on the console",
      `${one}${chart("two")}<script>console.error("oh")</script>`,
      /console: oh/,
    ],
  ];
  for (const [what, body, message] of faulty) {
    it(`is refused with ${what}`, async () => {
      await assert.rejects(showsCharts(page(body), 2), message);
    });
  }

  it("is taken with as many charts as asked for", async () => {
    const charts = await showsCharts(page(one + chart("two")), 2);
    assert.deepEqual(charts, [
      { label: "one", width: 90, height: 40, bars: 1 },
      { label: "two", width: 90, height: 40, bars: 1 },
    ]);
  });
});
