/** Where AWS calls go and as whom, in the variables that every AWS SDK and provider reads. */
export interface Endpoint {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What a process needs in its environment to call there as the administrator. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The region of the local stack. */
export const REGION = "us-east-1";

/** The local cloud on a port, called as its administrator. */
export function localEndpoint(
  port: number,
  { accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string },
): Endpoint {
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      // Nothing of a real account's may be read or asked for beside these.
      AWS_SESSION_TOKEN: "",
      AWS_PROFILE: "",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    },
  };
}
