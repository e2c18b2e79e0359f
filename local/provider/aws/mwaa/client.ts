import * as aws4 from "aws4";

import { Properties } from "../row";

/** What MWAA answered beside success. */
class MwaaError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * Calls MWAA's REST API. The SDK's client that registries hold is older than the members used here and drops what
 * it does not know: https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
 */
export async function mwaa(method: string, path: string, body?: unknown): Promise<Properties> {
  const endpoint = new URL(process.env.AWS_ENDPOINT_URL as string);
  const request = aws4.sign(
    {
      method,
      path,
      host: endpoint.host,
      service: "airflow",
      region: process.env.AWS_REGION,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
    },
    {
      accessKeyId: process.env.AWS_ACCESS_KEY_ID,
      secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
    },
  );
  const { Host: _, ...headers } = request.headers as Record<string, string>;
  const answer = await fetch(new URL(path, endpoint), {
    method,
    headers,
    body: request.body as string | undefined,
  });
  const text = await answer.text();
  const content = (text === "" ? {} : JSON.parse(text)) as Properties & {
    message?: string;
    Message?: string;
    __type?: string;
  };
  if (!answer.ok) {
    const name =
      answer.headers.get("x-amzn-errortype") ?? content.__type ?? `HTTP ${answer.status}`;
    throw new MwaaError(name.split(":")[0], content.message ?? content.Message ?? text);
  }
  return content;
}
