import * as http from "node:http";

import * as aws4 from "aws4";

import { demo } from "../demoStack";

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** A request, as it goes over the wire. */
export interface Call {
  readonly method: string;
  /** Path and query string. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In parts, its length is not announced. */
  readonly body?: string | readonly Buffer[];
}

/** A request that can be signed. */
export interface SignedCall extends Call {
  readonly body?: string;
}

/** Keys to sign with; the token is a session's. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Sends a request to a port of 127.0.0.1 as it is, and reads the answer. */
export function send(port: number, { method, path, headers, body }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: "127.0.0.1",
      port,
      method,
      path,
      headers: { ...headers },
      // A connection of its own: one whose body was refused is of no further use.
      agent: false,
    });
    let answered = false;
    request.on("response", (response) => {
      answered = true;
      const parts: Buffer[] = [];
      const end = () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(parts).toString(),
          headers: response.headers,
        });
      response.on("data", (part: Buffer) => parts.push(part));
      // A server that refuses a body may close the connection before it has read it.
      response.on("end", end).on("error", end);
    });
    request.on("error", (error) => {
      if (!answered) {
        reject(error);
      }
    });
    if (typeof body === "string" || body === undefined) {
      request.end(body);
      return;
    }
    const parts = [...body];
    const next = (): void => {
      const part = parts.shift();
      if (part === undefined || answered) {
        request.end();
      } else {
        request.write(part, next);
      }
    };
    next();
  });
}

/** A call to the local cloud, signed in its headers, or in its address. */
export function signed(
  service: string,
  call: SignedCall,
  keys: Keys,
  { inAddress = false, seconds = 0 } = {},
): SignedCall & { readonly headers: Record<string, string> } {
  const host = `127.0.0.1:${demo.ports.cloud}`;
  const date = new Date(Date.now() - seconds * 1000).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const request = aws4.sign(
    {
      ...call,
      service,
      region: "us-east-1",
      host,
      signQuery: inAddress,
      headers: { ...call.headers, Host: host, ...(inAddress ? {} : { "X-Amz-Date": date }) },
    },
    keys,
  );
  return {
    ...call,
    path: request.path ?? call.path,
    headers: request.headers as Record<string, string>,
  };
}
