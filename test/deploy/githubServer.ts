import * as http from "node:http";
import { AddressInfo } from "node:net";

/** A comment or an issue as GitHub keeps it. */
export interface Kept {
  id: number;
  number: number;
  title?: string;
  body: string;
  user: { login: string };
  state: "open" | "closed";
  pull_request?: object;
  comments: Kept[];
}

/** The part of GitHub's API that the workflows use, for one repository, kept in memory. */
export class GitHubServer {
  /** Issues and pull requests, the newest first as GitHub lists them. */
  readonly issues: Kept[] = [];
  readonly requests: string[] = [];
  /** Newest commit of each branch. */
  readonly branches: Record<string, string> = {};
  private readonly server = http.createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const [status, body] = this.answer(request, text);
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    });
  });

  constructor(
    private readonly repository: string,
    private readonly token: string,
  ) {}

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  add(kept: Partial<Kept>, to: Kept[] = this.issues): Kept {
    const number = this.issues.reduce((most, issue) => most + 1 + issue.comments.length, 1);
    const whole: Kept = {
      id: 1000 + number,
      number,
      body: "",
      user: { login: "github-actions[bot]" },
      state: "open",
      comments: [],
      ...kept,
    };
    // Issues are listed newest first, comments oldest first.
    if (to === this.issues) {
      to.unshift(whole);
    } else {
      to.push(whole);
    }
    return whole;
  }

  private answer(request: http.IncomingMessage, text: string): [number, unknown] {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://github");
    this.requests.push(`${request.method} ${pathname}`);
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      return [401, { message: "Bad credentials" }];
    }
    const base = `/repos/${this.repository}/`;
    if (!pathname.startsWith(base)) {
      return [404, { message: "Not Found" }];
    }
    const body = text === "" ? {} : (JSON.parse(text) as Partial<Kept>);
    if ((body.body ?? "").length > 65_536) {
      return [422, { message: "body is too long (maximum is 65536 characters)" }];
    }
    const parts = pathname.slice(base.length).split("/");
    const method = request.method ?? "";
    if (parts[0] === "commits" && method === "GET") {
      const sha = this.branches[decodeURIComponent(parts[1])];
      return sha === undefined ? [422, { message: "No commit found" }] : [200, { sha }];
    }
    const issue = this.issues.find(({ number }) => String(number) === parts[1]);
    if (parts[0] === "issues" && parts[1] === "comments" && method === "PATCH") {
      const all = this.issues.flatMap(({ comments }) => comments);
      const comment = all.find(({ id }) => String(id) === parts[2]);
      return comment === undefined ? [404, {}] : [200, Object.assign(comment, body)];
    }
    const list =
      parts.length === 1 ? this.issues : parts[2] === "comments" ? issue?.comments : undefined;
    if (list !== undefined && method === "GET") {
      const state = searchParams.get("state") ?? "open";
      const size = Number(searchParams.get("per_page") ?? 30);
      const start = (Number(searchParams.get("page") ?? 1) - 1) * size;
      const found = list.filter((kept) => parts.length > 1 || kept.state === state);
      return [200, found.slice(start, start + size)];
    }
    if (list !== undefined && method === "POST") {
      return [201, this.add(body, list)];
    }
    if (issue !== undefined && parts.length === 2 && method === "PATCH") {
      return [200, Object.assign(issue, body)];
    }
    return [404, { message: "Not Found" }];
  }
}
