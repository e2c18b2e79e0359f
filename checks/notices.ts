import type { Problem } from "./problem";

/** A failure notification subscription. */
export interface Subscription {
  readonly protocol: keyof typeof ENDPOINTS;
  /** Address of an e-mail, an address of the web, or the ARN of a queue or function. */
  readonly endpoint: string;
}

// Protocols that need no more than an endpoint: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
const ENDPOINTS = {
  email: /^[^@\s]+@[^@\s]+\.[^@\s]+$/,
  https: /^https:\/\/\S+$/,
  sqs: /^arn:aws[\w-]*:sqs:[a-z0-9-]+:\d{12}:\S+$/,
  lambda: /^arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:\S+$/,
} as const;

/** Reads the `notices` setting, a list of `protocol:endpoint`, or what is wrong with it. */
export function readNotices(values: readonly string[]): {
  readonly subscriptions: Subscription[];
  readonly problems: Problem[];
} {
  const subscriptions: Subscription[] = [];
  const problems: Problem[] = [];
  for (const value of values) {
    const colon = value.indexOf(":");
    const protocol = value.slice(0, colon);
    // An address of the web names its protocol itself.
    const endpoint = protocol === "https" ? value : value.slice(colon + 1);
    if (
      Object.keys(ENDPOINTS).includes(protocol) &&
      ENDPOINTS[protocol as Subscription["protocol"]].test(endpoint)
    ) {
      subscriptions.push({ protocol: protocol as Subscription["protocol"], endpoint });
    } else {
      problems.push({
        setting: "notices",
        value,
        allowed:
          "email:data@example.com, https://host/path, sqs:arn:aws:sqs:…, lambda:arn:aws:lambda:…",
        remedy: "Correct or remove it.",
      });
    }
  }
  return { subscriptions, problems };
}
