import assert from "node:assert/strict";
import * as fs from "node:fs";
import { pathToFileURL } from "node:url";

import { Browser, chromium } from "playwright-core";

/** What keeps Chromium from speaking to the network for itself, and from the screen. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The charts of a page as the notebook draws them. */
const CHARTS = "svg.best-sellers";

/** What a chart is on the page. */
export interface Chart {
  /** Category and days, as the chart tells them to who cannot see it. */
  readonly label: string;
  readonly width: number;
  readonly height: number;
  /** The bars that can be seen. */
  readonly bars: number;
}

/** The browser to look with: what the environment variable CHROMIUM names, else Debian's. */
export function chromiumPath(): string {
  return process.env.CHROMIUM ?? "/usr/bin/chromium";
}

/**
 * Why there is no browser to look with; `undefined` where there is one, and where CI_BROWSER says that there
 * must be.
 */
export function noBrowser(): string | undefined {
  if (process.env.CI_BROWSER || fs.existsSync(chromiumPath())) {
    return undefined;
  }
  return `there is no Chromium at ${chromiumPath()}: install it (apt-get install chromium), or name it by CHROMIUM`;
}

/** Starts the browser; whoever starts it closes it. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: FLAGS });
}

/**
 * Opens an HTML file in a browser and looks for its charts.
 *
 * @param html the file's path
 * @param expected how many charts there have to be
 * @returns the charts; none where there is no browser, after a line that says so
 * @throws AssertionError where a chart is missing, cannot be seen or has no size, where the page reports an
 *   error, or asks for anything but itself
 */
export async function showsCharts(html: string, expected: number): Promise<Chart[]> {
  const missing = noBrowser();
  if (missing !== undefined) {
    process.stderr.write(`Not looked at in a browser: ${missing}\n`);
    return [];
  }
  const browser = await startBrowser();
  try {
    // What can be seen is asked of the narrow screen of a laptop.
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    const address = pathToFileURL(fs.realpathSync(html)).href;
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") {
        faults.push(`console: ${message.text()}`);
      }
    });
    await page.route("**/*", (route, request) => {
      const url = request.url();
      if (url === address || url.startsWith("data:")) {
        return route.continue();
      }
      faults.push(`request: ${url}`);
      return route.abort();
    });
    await page.goto(address, { waitUntil: "load" });
    // Charts may be drawn by a script, and modules run late.
    await page.waitForTimeout(500);
    const charts: Chart[] = [];
    for (const chart of await page.locator(CHARTS).all()) {
      const label = (await chart.getAttribute("aria-label")) ?? "";
      assert.ok(await chart.isVisible(), `the chart "${label}" cannot be seen`);
      const box = await chart.boundingBox();
      assert.ok(box && box.width > 0 && box.height > 0, `the chart "${label}" has no size`);
      const bars = await chart.locator("rect.bar").all();
      const visible = await Promise.all(bars.map((bar) => bar.isVisible()));
      charts.push({
        label,
        width: box.width,
        height: box.height,
        bars: visible.filter(Boolean).length,
      });
      assert.equal(charts.at(-1)?.bars, bars.length, `bars of "${label}" that can be seen`);
    }
    assert.deepEqual(faults, [], `what ${html} reports and asks for`);
    assert.equal(charts.length, expected, `charts in ${html}`);
    const labels = new Set(charts.map(({ label }) => label));
    assert.equal(labels.size, expected, `charts of different categories in ${html}`);
    return charts;
  } finally {
    await browser.close();
  }
}
