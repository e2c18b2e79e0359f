import type { Problem } from "./problem";
import type { Reader } from "./reader";

const MOST_TAGS = 40;

/** Tags that the program gives every resource; a setting of the very same name replaces one. */
const OWN_TAGS: readonly string[] = ["Project", "Stack", "Environment"];

/** Tags of single resources, by which the program finds its subnets and EMR what it may use. */
const RESERVED_TAGS: readonly string[] = ["SubnetType", "for-use-with-amazon-emr-managed-policies"];

// What IAM, Systems Manager, CloudWatch Logs and MWAA all take; of them MWAA alone wants a value:
// https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
const TAG_KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/iu;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,256}$/u;

// The request for an EMR cluster, which carries the tags, is a parameter of 4096 bytes at most:
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
const MOST_TAG_BYTES = 2000;

/** Reads and checks the tags of a stack. */
export function readTags(read: Reader, problems: Problem[]): Record<string, string> {
  const tags: Record<string, string> = {};
  const found = read.object("tags");
  if (Object.keys(found).length > MOST_TAGS) {
    problems.push({
      setting: "tags",
      value: Object.keys(found),
      allowed: `at most ${MOST_TAGS} tags: AWS allows 50, and the program adds its own`,
      remedy: "Remove some.",
    });
  }
  if (Buffer.byteLength(JSON.stringify(found)) > MOST_TAG_BYTES) {
    problems.push({
      setting: "tags",
      value: `${Buffer.byteLength(JSON.stringify(found))} bytes`,
      allowed: `${MOST_TAG_BYTES} bytes as JSON`,
      remedy: "Shorten or remove some: they travel in a parameter that AWS limits.",
    });
  }
  const names = [...OWN_TAGS, ...Object.keys(found).filter((key) => !OWN_TAGS.includes(key))];
  for (const [key, value] of Object.entries(found)) {
    const other = names.find((name) => name !== key && name.toLowerCase() === key.toLowerCase());
    if (typeof value !== "string" || !TAG_VALUE.test(value) || !TAG_KEY.test(key)) {
      problems.push({
        setting: `tags.${key}`,
        value,
        allowed:
          "a string of 1 to 256 letters, digits, spaces and _ . : / = + - @; the key of 1 to 128 " +
          'of them, not beginning with "aws:"',
        remedy: "Correct the tag.",
      });
    } else if (RESERVED_TAGS.some((name) => name.toLowerCase() === key.toLowerCase())) {
      problems.push({
        setting: `tags.${key}`,
        value,
        allowed: `keys other than ${RESERVED_TAGS.join(" and ")}, which tell some resources from others`,
        remedy: "Remove or rename it.",
      });
    } else if (other !== undefined) {
      problems.push({
        setting: `tags.${key}`,
        value,
        allowed: `keys that differ in more than capitals; ${other} is there, and IAM takes both for one`,
        remedy: OWN_TAGS.includes(other)
          ? `Name it ${other}, which replaces the program's own value, or something else.`
          : "Remove or rename one of them.",
      });
    } else {
      tags[key] = value;
    }
  }
  return tags;
}
