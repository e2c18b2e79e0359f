/** A comment or an issue, as far as it is looked at here. */
interface Post {
  readonly number?: number;
  readonly id: number;
  readonly body?: string | null;
  readonly user?: { readonly login: string } | null;
  /** Only of what is a pull request: GitHub lists these among the issues. */
  readonly pull_request?: unknown;
}

/** Who writes with a workflow's own token. */
const BOT = "github-actions[bot]";

/** Most entries that GitHub puts on a page. */
const PAGE = 100;

/** How an answer is waited for, in milliseconds, before the run gives up. */
const PATIENCE = 30_000;

/** The part of GitHub's API that the workflows use, on one repository, with the workflow's own token. */
export class GitHub {
  /**
   * @param api address of the API, as in `https://api.github.com`
   * @param repository as in `owner/name`
   */
  public constructor(
    private readonly api: string,
    private readonly repository: string,
    private readonly token: string,
  ) {}

  /**
   * The client for the run's own repository.
   *
   * @throws Error where a variable is missing that every run of a workflow has
   */
  public static ofRun(environment: NodeJS.ProcessEnv): GitHub {
    return new GitHub(
      required(environment, "GITHUB_API_URL"),
      required(environment, "GITHUB_REPOSITORY"),
      required(environment, "GITHUB_TOKEN"),
    );
  }

  /**
   * Puts a comment on a pull request, or in place of the one with the same mark.
   *
   * @param mark begins the comment; a reader does not see it
   */
  public async comment(pullRequest: number, mark: string, text: string): Promise<void> {
    const comments = `issues/${pullRequest}/comments`;
    const earlier = await this.find(comments, mark);
    const body = { body: `${mark}\n${text}` };
    if (earlier === undefined) {
      await this.call("POST", comments, body);
    } else {
      await this.call("PATCH", `issues/comments/${earlier.id}`, body);
    }
  }

  /** Opens an issue, or brings the open one with the same mark up to date. */
  public async openIssue(mark: string, title: string, text: string): Promise<void> {
    const issue = { title, body: `${mark}\n${text}` };
    const open = await this.find("issues?state=open", mark);
    if (open === undefined) {
      await this.call("POST", "issues", issue);
    } else {
      await this.call("PATCH", `issues/${open.number}`, issue);
    }
  }

  /** Closes the open issue with a mark and says why; does nothing where there is none. */
  public async closeIssue(mark: string, reason: string): Promise<void> {
    const open = await this.find("issues?state=open", mark);
    if (open !== undefined) {
      await this.call("POST", `issues/${open.number}/comments`, { body: reason });
      await this.call("PATCH", `issues/${open.number}`, {
        state: "closed",
        state_reason: "completed",
      });
    }
  }

  /** The newest commit of a branch. */
  public async newestCommit(branch: string): Promise<string> {
    const { sha } = (await this.call("GET", `commits/${encodeURIComponent(branch)}`)) as {
      sha: string;
    };
    return sha;
  }

  /** What the workflows themselves wrote with a mark. Somebody else's text with it is left alone. */
  private async find(list: string, mark: string): Promise<Post | undefined> {
    for (let page = 1; ; page += 1) {
      const address = `${list}${list.includes("?") ? "&" : "?"}per_page=${PAGE}&page=${page}`;
      const posts = (await this.call("GET", address)) as Post[];
      const found = posts.find(
        ({ body, user, pull_request }) =>
          user?.login === BOT && pull_request === undefined && body?.startsWith(mark),
      );
      if (found !== undefined || posts.length < PAGE) {
        return found;
      }
    }
  }

  private async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.api}/repos/${this.repository}/${path}`, {
      method,
      headers: {
        Accept: "application/vnd.github+json",
        Authorization: `Bearer ${this.token}`,
        "X-GitHub-Api-Version": "2022-11-28",
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (!answer.ok) {
      throw new Error(
        `GitHub answered ${method} ${path} with ${answer.status}: ${await answer.text()}`,
      );
    }
    return answer.json();
  }
}

/**
 * A variable of the environment.
 *
 * @throws Error where it is not set, or empty
 */
export function required(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name] ?? "";
  if (value === "") {
    throw new Error(`${name} is not set; this is meant to run in a workflow of .github/workflows.`);
  }
  return value;
}
