import type { Home } from "../home";
import { UserError } from "../setup/steps";
import { airflowStatus } from "./airflowServer";
import { sleep } from "./processes";

/** Seconds from start to healthy, on a machine that is busy with the first update as well. */
export const HEALTHY_SECONDS = 300;

/** How often what Airflow failed to do is asked for again: its database may have ended, and is started again. */
const RETRIES = 30;

/** The same while there is no answer: an api-server that ended by itself is started again, which takes as long. */
const RETRIES_AWAY = HEALTHY_SECONDS;

/** How long is waited before that. */
export const RETRY_MS = 1000;

/** How often what does not answer is asked again: never where Airflow was given up, by what it says of itself. */
export function retriesAway(home: Home): number {
  return airflowStatus(home)?.state === "failed" ? 0 : RETRIES_AWAY;
}

/** What Airflow says is wrong: the first line of it, which names the parameter and the value. */
function detailOf(body: string): string {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    return typeof detail === "string" ? detail.split("\n")[0] : body;
  } catch {
    return body;
  }
}

/** Why there is no answer: `fetch` tells it as the cause of an error that says nothing. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

/** Airflow's REST API, with what it failed to do asked for again. */
export class AirflowApi {
  constructor(
    readonly url: string,
    private readonly token: string,
    private readonly home: Home,
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * One call.
   *
   * @param route below `/api/v2`
   * @param signal ends it; default: the one of the whole command
   * @throws UserError with what Airflow says, where it refuses or does not answer
   */
  async call<T>(method: string, route: string, body?: unknown, signal = this.signal): Promise<T> {
    const ask = () =>
      fetch(`${this.url}/api/v2${route}`, {
        method,
        headers: {
          Authorization: `Bearer ${this.token}`,
          Accept: "application/json",
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal,
      }).catch((error: Error) => {
        // No answer: the api-server may have ended, and is started again then.
        return error;
      });
    let answer = await ask();
    for (
      let retry = 0;
      answer instanceof Error
        ? retry < retriesAway(this.home)
        : retry < RETRIES && answer.status >= 500;
      retry += 1
    ) {
      await sleep(RETRY_MS, signal);
      answer = await ask();
      if (!(answer instanceof Error) && answer.status === 409) {
        // It had been done after all.
        return (await answer.json()) as T;
      }
    }
    if (answer instanceof Error) {
      throw new UserError(
        `Airflow does not answer ${method} ${route} at ${this.url}: ${reasonOf(answer)}`,
      );
    }
    if (!answer.ok) {
      throw new UserError(
        `Airflow answered ${answer.status} to ${method} ${route}: ${detailOf(await answer.text())}`,
      );
    }
    return (await answer.json()) as T;
  }
}
