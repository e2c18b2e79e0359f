import assert from "node:assert/strict";
import * as http from "node:http";
import * as net from "node:net";

import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { Browser, BrowserContext, Page } from "playwright-core";

import { airflowStatus } from "../../../local/cli/airflowServer";
import { s3Of } from "../../../local/cli/s3";
import { noBrowser, startBrowser } from "../browser";
import { demo } from "../demoStack";

const BUCKET = "browser-tests";

/** What a page tries on a server: each attempt with the ways in which a page can make it. */
interface Attempts {
  /** Read by fetch, as an image, as a frame. */
  readonly get: readonly string[];
  /** Sent by fetch, with and without leave asked for, and by a form. */
  readonly post: readonly { readonly path: string; readonly body: string }[];
  /** Sent by a method that leave has to be asked for. */
  readonly put: readonly string[];
}

/** What a page found: what it could read, or open. */
interface Found {
  readonly read: readonly string[];
  readonly tried: number;
}

/** Makes every attempt from the page that it is evaluated in. */
async function attack({ url, attempts }: { url: string; attempts: Attempts }): Promise<Found> {
  const read: string[] = [];
  let tried = 0;
  const fetched = async (what: string, path: string, options: RequestInit) => {
    tried += 1;
    try {
      const answer = await fetch(url + path, { credentials: "include", ...options });
      if (answer.type !== "opaque" && answer.ok) {
        read.push(`${what} ${path}: ${answer.status} ${(await answer.text()).slice(0, 80)}`);
      }
    } catch {
      // Not let through by the browser.
    }
  };
  const element = (what: string, made: HTMLImageElement | HTMLIFrameElement, path: string) => {
    tried += 1;
    return new Promise<void>((resolve) => {
      made.onload = () => {
        if (made instanceof HTMLImageElement) {
          read.push(`${what} ${path}`);
        }
        resolve();
      };
      made.onerror = () => resolve();
      made.src = url + path;
      document.body.append(made);
    });
  };
  for (const path of attempts.get) {
    await fetched("fetch", path, {});
    await fetched("fetch without leave", path, { mode: "no-cors" });
    await fetched("fetch by name", path, { headers: { Authorization: "Bearer x" } });
    await element("image", document.createElement("img"), path);
    await element("frame", document.createElement("iframe"), path);
  }
  for (const { path, body } of attempts.post) {
    const text = { method: "POST", body, headers: { "Content-Type": "text/plain" } };
    await fetched("post", path, text);
    await fetched("post without leave", path, { ...text, mode: "no-cors" });
    await fetched("post of JSON", path, {
      ...text,
      headers: { "Content-Type": "application/json" },
    });
    tried += 1;
    const frame = document.createElement("iframe");
    frame.name = `frame-${tried}`;
    const form = document.createElement("form");
    Object.assign(form, { method: "POST", action: url + path, target: frame.name });
    form.enctype = "text/plain";
    const field = document.createElement("input");
    // The body of such a form is `name=value`: the sign falls into a member that nobody reads.
    Object.assign(field, { name: `${body.slice(0, -1)},"ignored":"`, value: `"}` });
    form.append(field);
    document.body.append(frame, form);
    await new Promise<void>((resolve) => {
      frame.onload = () => resolve();
      form.submit();
    });
  }
  for (const path of attempts.put) {
    await fetched("put", path, { method: "PUT", body: "changed" });
    await fetched("delete", path, { method: "DELETE" });
    await fetched("patch", path, { method: "PATCH", body: "{}" });
  }
  tried += 1;
  await new Promise<void>((resolve) => {
    const socket = new WebSocket(url.replace("http", "ws"));
    socket.onopen = () => {
      read.push("websocket");
      resolve();
    };
    socket.onerror = () => resolve();
  });
  return { read, tried };
}

describe("a page of another origin in a browser", function () {
  let browser: Browser;
  let context: BrowserContext;
  let pages: http.Server;
  let port: number;
  let login: string;
  let s3: S3Client;

  before(async function () {
    const missing = noBrowser();
    if (missing !== undefined) {
      process.stdout.write(`  skipped: ${missing}\n`);
      return this.skip();
    }
    pages = http.createServer((_, response) =>
      response.setHeader("Content-Type", "text/html").end("<!doctype html><body>"),
    );
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    ({ port } = pages.address() as net.AddressInfo);
    s3 = s3Of(demo.endpoint());
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "object", Body: "as it was" }));
    const { username, password } = airflowStatus(demo.home) ?? {};
    const answer = await fetch(`http://127.0.0.1:${demo.ports.airflow}/auth/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ username, password }),
    });
    login = ((await answer.json()) as { access_token: string }).access_token;
    browser = await startBrowser();
    context = await browser.newContext();
    // Whoever sits there is logged in.
    await context.addCookies(
      ["127.0.0.1", "localhost", "rebind.localhost"].map((domain) => ({
        ...{ name: "_token", value: login, domain, path: "/" },
        sameSite: "Lax" as const,
      })),
    );
  });

  after(async () => {
    await browser?.close();
    pages?.close();
  });

  const api = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`http://127.0.0.1:${demo.ports.airflow}/api/v2${path}`, {
      headers: { Authorization: `Bearer ${login}` },
    });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return (await answer.json()) as T;
  };

  /** All of what a page could have changed. */
  async function state(): Promise<unknown> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: "object" }));
    const { total_entries: runs } = await api<{ total_entries: number }>("/dags/~/dagRuns");
    const { dags } = await api<{ dags: { dag_id: string; is_paused: boolean }[] }>("/dags");
    const { total_entries: variables } = await api<{ total_entries: number }>("/variables");
    return {
      inventory: await demo.inventory(),
      object: await Body?.transformToString(),
      runs,
      variables,
      paused: dags.map(({ dag_id: id, is_paused: paused }) => [id, paused]),
    };
  }

  const CLOUD: Attempts = {
    get: [
      "/_local/health",
      "/_local/inventory",
      "/_local/credentials?role=a&service=glue.amazonaws.com",
      `/${BUCKET}/object`,
      "/?Action=CreateQueue&QueueName=changed",
      "/?Action=CreateTopic&Name=changed",
    ],
    post: [
      { path: "/?Action=CreateQueue&QueueName=changed", body: `{"a":"b"}` },
      { path: "/", body: `{"QueueName":"changed"}` },
      { path: "/_ministack/reset", body: `{"a":"b"}` },
    ],
    put: [`/${BUCKET}/object`, `/${BUCKET}`],
  };

  const AIRFLOW: Attempts = {
    get: ["/api/v2/dags", "/api/v2/monitor/health", "/ui/config", "/auth/token", "/"],
    post: [
      { path: "/api/v2/dags/movie-list-dag/dagRuns", body: `{"logical_date":null}` },
      { path: "/api/v2/variables", body: `{"key":"changed","value":"changed"}` },
      { path: "/auth/token", body: `{"username":"admin","password":"guess"}` },
      { path: "/execution/task-instances/a/run", body: `{"a":"b"}` },
    ],
    put: ["/api/v2/dags/movie-list-dag", "/api/v2/variables/changed"],
  };

  /** Lets a page at an address attack a server; every answer that there was has to be a refusal. */
  async function attackFrom(page: Page, url: string, attempts: Attempts): Promise<void> {
    const untouched = await state();
    const answers: string[] = [];
    page.on("response", (response) => {
      // Of a refused preflight the browser shows no answer at all.
      if (response.request().url().startsWith(url)) {
        answers.push(`${response.status()} ${response.request().method()} ${response.url()}`);
      }
    });
    const { read, tried } = await page.evaluate(attack, { url, attempts });
    assert.deepEqual(read, []);
    assert.deepEqual(
      answers.filter((answer) => !answer.startsWith("403 ")),
      [],
    );
    assert.ok(answers.length > tried / 3, `${answers.length} answers to ${tried} attempts`);
    assert.deepEqual(await state(), untouched);
  }

  const servers = {
    "the local cloud": [() => demo.ports.cloud, CLOUD],
    Airflow: [() => demo.ports.airflow, AIRFLOW],
  } as const;
  for (const [server, [portOf, attempts]] of Object.entries(servers)) {
    for (const host of ["127.0.0.1", "localhost", "rebind.localhost"]) {
      it(`of ${host} cannot drive ${server}`, async () => {
        for (const target of ["127.0.0.1", "localhost"]) {
          const page = await context.newPage();
          await page.goto(`http://${host}:${port}/`);
          await attackFrom(page, `http://${target}:${portOf()}`, attempts);
          await page.close();
        }
      });
    }

    // As after DNS rebinding: to the browser page and server are of one origin.
    it(`cannot drive ${server} by a name of its own`, async () => {
      const page = await context.newPage();
      const own = `http://rebind.localhost:${portOf()}`;
      const shown = await page.goto(`${own}/`);
      assert.equal(shown?.status(), 403);
      assert.match((await shown?.text()) ?? "", /rebind\.localhost:\d+.* is not this server/);
      await attackFrom(page, own, attempts);
      await page.close();
    });
  }

  for (const host of ["127.0.0.1", "localhost"]) {
    it(`may link to Airflow, which works at ${host}`, async () => {
      const page = await context.newPage();
      await page.goto(`http://rebind.localhost:${port}/`);
      const refused: string[] = [];
      page.on("response", (response) => {
        if (response.status() >= 400) {
          refused.push(`${response.status()} ${response.url()}`);
        }
      });
      await page.evaluate((to) => {
        const link = document.createElement("a");
        link.href = to;
        document.body.append(link);
        link.click();
      }, `http://${host}:${demo.ports.airflow}/dags`);
      await page.getByText("movie-list-dag").first().waitFor();
      await page.getByText("mwaa_movielens_demo").first().click();
      await page.waitForURL(/mwaa_movielens_demo/);
      assert.deepEqual(refused, []);
      await page.close();
    });
  }

  it("does not keep who sits there from logging in", async () => {
    const stranger = await browser.newContext();
    const page = await stranger.newPage();
    const { username, password } = airflowStatus(demo.home) ?? {};
    await page.goto(`http://127.0.0.1:${demo.ports.airflow}/`);
    await page.locator("input[name=username]").fill(username ?? "");
    await page.locator("input[name=password]").fill(password ?? "");
    await page.locator("button[type=submit]").click();
    await page.waitForURL((url) => !url.pathname.startsWith("/auth"));
    await page.getByText("movie-list-dag").first().or(page.getByText("Dags").first()).waitFor();
    await stranger.close();
  });
});
