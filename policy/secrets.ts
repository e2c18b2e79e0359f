/** Words that mean a secret in whatever they are part of, as `dbpassword`. */
const SECRET_PARTS = ["password", "passwd", "passphrase", "secret", "credential", "apikey"];
/** Words that mean one when they stand alone. */
const SECRET_WORDS = ["pwd", "pass", "token", "tokens"];
/** Pairs of words that mean one, as in `fernet_key`. */
const SECRET_PAIRS =
  /(^|-)(api|access|private|signing|encryption|fernet|master|ssh|account)-keys?(-|$)/;
/** Words that, at the end, say that it is something about a secret and not the secret: `password_policy`. */
const ABOUT = new Set(
  (
    "algorithm alias arn arns backend bucket count days enabled endpoint expiration expiry file host hours " +
    "id ids interval length limit manager max min minutes name names path policy port prefix region rotation " +
    "seconds size store table ttl type uri url version"
  ).split(" "),
);

/**
 * Whether a name, with slashes as in Systems Manager, says that it is a secret's: `/app/db_password`,
 * `/app/secrets/x`, not `/app/password_policy`.
 */
export function isSecretName(name: string): boolean {
  const segments = name.split("/").map(wordsOf);
  const last = segments[segments.length - 1];
  if (ABOUT.has(last[last.length - 1])) {
    return false;
  }
  return (
    segments.slice(0, -1).some((words) => words.length === 1 && meansSecret(words)) ||
    meansSecret(last)
  );
}

function wordsOf(segment: string): string[] {
  return segment
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

function meansSecret(words: readonly string[]): boolean {
  return (
    words.some(
      (word) => SECRET_WORDS.includes(word) || SECRET_PARTS.some((part) => word.includes(part)),
    ) || SECRET_PAIRS.test(words.join("-"))
  );
}

/** Shapes of text that holds a secret, each with its name. */
const SHAPES: readonly (readonly [string, RegExp])[] = [
  ["an AWS access key", /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----/],
  ["a URI with a password", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]*:[^\s/?#@]+@/i],
  [
    "a password among its settings",
    /(password|passwd|pwd|passphrase|secret|token|(api|access|private|secret)[_-]?key)["']?\s*[=:]\s*["']?(?!(null|none|true|false)\b|arn:)[^\s"'&;,}]+/i,
  ],
  ["a JSON Web Token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./],
  [
    "a token of GitHub, GitLab, Slack or Stripe",
    /\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20}|xox[abeprs]-[\w-]{10,}|[rs]k_live_\w{16,})/,
  ],
];

/** What secret a text holds, as in `a private key`; undefined where it does not look like any. */
export function secretIn(text: string): string | undefined {
  // The ARN of a secret names it, as in `…:secret:name`.
  const others = text.replace(/\barn:[^\s"',;]+/g, "arn:");
  return SHAPES.find(([, shape]) => shape.test(others))?.[0];
}

/** Whether a text is plainly no secret, whatever it is called: an ARN, a switch. */
export function isPlain(text: string): boolean {
  return /^(arn:[^\s]+|true|false)$/i.test(text.trim());
}
