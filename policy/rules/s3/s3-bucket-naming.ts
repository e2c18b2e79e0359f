import { ResourceRule } from "../../rule";
import { BUCKET_TYPES } from "../../types";

const SHORTEST = 3;
const LONGEST = 63;
/** What the provider puts after a prefix: the time and a counter. */
const MADE_UP_LENGTH = 26;

// Kept by S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const RESERVED_BEGINNINGS = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_ENDINGS = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
const ACCOUNT_REGIONAL_ENDING = "-an";

/** A bucket's name is one that S3 takes. */
export const s3BucketNaming: ResourceRule = {
  name: "s3-bucket-naming",
  description: "The name of every bucket follows S3's naming rules.",
  severity: "high",
  reason:
    "S3 refuses any other name, after the update has begun to create the resources before the bucket.",
  remediationSteps:
    "Give the bucket a name of 3 to 63 lower-case letters, digits, hyphens and single dots that begins and " +
    "ends with a letter or digit and with nothing that S3 keeps for itself.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
  types: BUCKET_TYPES,
  check: ({ props }, report) => {
    const { bucket, bucketPrefix, bucketNamespace } = props as Naming;
    // The provider refuses a bucket with both, and with neither makes up a name that S3 takes.
    const fault =
      typeof bucket === "string"
        ? faultOf(bucket, bucketNamespace === "account-regional")
        : typeof bucketPrefix === "string"
          ? faultOfPrefix(bucketPrefix)
          : undefined;
    if (fault !== undefined) {
      report(fault);
    }
  },
};

interface Naming {
  readonly bucket?: string;
  readonly bucketPrefix?: string;
  readonly bucketNamespace?: string;
}

function faultOf(name: string, isAccountRegional: boolean): string | undefined {
  if (name.length < SHORTEST || name.length > LONGEST) {
    return `The bucket name "${name}" has ${name.length} characters; ${SHORTEST} to ${LONGEST} are needed.`;
  }
  const fault = faultOfText(name) ?? faultOfEnd(name);
  if (fault !== undefined) {
    return `The bucket name "${name}" ${fault}`;
  }
  if (name.endsWith(ACCOUNT_REGIONAL_ENDING) !== isAccountRegional) {
    return isAccountRegional
      ? `The bucket name "${name}" is in the account's own namespace, where names end in ` +
          `"${ACCOUNT_REGIONAL_ENDING}" after the account and the region; add that.`
      : `The bucket name "${name}" ends in "${ACCOUNT_REGIONAL_ENDING}", which S3 keeps for buckets ` +
          'whose bucketNamespace is "account-regional"; change the ending or the namespace.';
  }
  return undefined;
}

function faultOfPrefix(prefix: string): string | undefined {
  const longest = LONGEST - MADE_UP_LENGTH;
  if (prefix.length > longest) {
    return (
      `The bucketPrefix "${prefix}" has ${prefix.length} characters; at most ${longest} leave room for ` +
      "what the provider adds."
    );
  }
  const fault = faultOfText(prefix);
  return fault === undefined ? undefined : `The bucketPrefix "${prefix}" ${fault}`;
}

/** What is wrong with a name, or with its beginning. */
function faultOfText(text: string): string | undefined {
  if (text !== text.toLowerCase()) {
    return `has capitals; S3 takes lower case only: "${text.toLowerCase()}".`;
  }
  const wrong = [...new Set(text.replace(/[a-z0-9.-]/g, ""))];
  if (wrong.length > 0) {
    return `contains ${wrong.map((c) => `"${c}"`).join(", ")}; only letters, digits, hyphens and dots are allowed.`;
  }
  if (!/^[a-z0-9]/.test(text)) {
    return `begins with "${text.charAt(0)}"; a letter or digit is needed.`;
  }
  if (text.includes("..")) {
    return "has two dots in a row; use one.";
  }
  const reserved = RESERVED_BEGINNINGS.find((beginning) => text.startsWith(beginning));
  return reserved === undefined
    ? undefined
    : `begins with "${reserved}", which S3 keeps; change the beginning.`;
}

function faultOfEnd(name: string): string | undefined {
  if (!/[a-z0-9]$/.test(name)) {
    return `ends with "${name.slice(-1)}"; a letter or digit is needed.`;
  }
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) {
    return "has the form of an IP address; add a letter.";
  }
  const reserved = RESERVED_ENDINGS.find((ending) => name.endsWith(ending));
  return reserved === undefined
    ? undefined
    : `ends in "${reserved}", which S3 keeps; change the ending.`;
}
