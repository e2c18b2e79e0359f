import * as aws4 from "aws4";

import { Properties } from "./row";

/** What a service answered beside success. */
class CallError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** A call for which there is no client of the SDK: signed here. */
export interface SignedCall {
  readonly method: string;
  readonly path: string;
  /** What the signature is for, such as `airflow`. */
  readonly service: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Makes a call to AWS; what it answers, as JSON. */
export async function signedCall(call: SignedCall): Promise<Properties> {
  const endpoint = new URL(process.env.AWS_ENDPOINT_URL as string);
  const request = aws4.sign(
    { ...call, headers: { ...call.headers }, host: endpoint.host, region: process.env.AWS_REGION },
    {
      accessKeyId: process.env.AWS_ACCESS_KEY_ID,
      secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
    },
  );
  const { Host: _, ...headers } = request.headers as Record<string, string>;
  const { method, body } = call;
  const answer = await fetch(new URL(call.path, endpoint), { method, headers, body });
  const text = await answer.text();
  const content = (text === "" ? {} : JSON.parse(text)) as Properties & {
    message?: string;
    Message?: string;
    __type?: string;
  };
  if (!answer.ok) {
    const name =
      answer.headers.get("x-amzn-errortype") ?? content.__type ?? `HTTP ${answer.status}`;
    throw new CallError(name.split(":")[0], content.message ?? content.Message ?? text);
  }
  return content;
}
