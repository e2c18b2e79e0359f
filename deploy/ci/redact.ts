/** Variables of the environment whose value is a secret. */
const SECRET_VARIABLE = /(TOKEN|SECRET|PASSWORD|PASSPHRASE|ACCESS_KEY)/;

/** Shorter values are words that any text has. */
const SHORTEST_SECRET = 8;

/**
 * Strings that are a credential by their form: access keys of AWS, tokens of GitHub and of Pulumi Cloud, signed
 * tokens, signatures in addresses.
 *
 * Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html and
 * https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
 */
const CREDENTIALS = [
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\b(?:gh[oprsu]_[A-Za-z0-9_.-]{20,}|github_pat_[A-Za-z0-9_]{20,})/g,
  /\bpul-[0-9a-f]{40}\b/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+/g,
  /(?<=[?&]X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"']+/g,
];

/** What stands for a secret, as Pulumi itself has it. */
const SHOWN = "[secret]";

/** Colours and other orders to a terminal. */
// eslint-disable-next-line no-control-regex -- they begin with the character for escape
const TERMINAL = /\x1b\[[0-9;?]*[A-Za-z]/g;

/**
 * A command's output as it may leave the job: without the secrets of the job's environment, without whatever
 * looks like a credential, and without colours. GitHub masks secrets in its logs only.
 */
export function redact(text: string, environment: NodeJS.ProcessEnv): string {
  const secrets = Object.entries(environment)
    .filter(([name]) => SECRET_VARIABLE.test(name))
    .map(([, value]) => value ?? "")
    .filter((value) => value.length >= SHORTEST_SECRET)
    // A secret may be part of a longer one.
    .sort((one, other) => other.length - one.length);
  const known = secrets.reduce(
    (rest, secret) => rest.replaceAll(secret, SHOWN),
    text.replace(TERMINAL, ""),
  );
  return CREDENTIALS.reduce((rest, pattern) => rest.replace(pattern, SHOWN), known);
}
