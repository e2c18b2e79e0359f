import { ACL_TYPES, OBJECT_TYPES } from "../../buckets";
import { objectsOf } from "../../lists";
import { ResourceRule } from "../../rule";
import { textOf } from "../../text";
import { BUCKET_TYPES } from "../../types";

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
const PUBLIC_LISTS = ["public-read", "public-read-write", "authenticated-read"];
const PUBLIC_GROUPS = ["/groups/global/AllUsers", "/groups/global/AuthenticatedUsers"];

/** No access control list is a public one. */
export const s3NoAclPublic: ResourceRule = {
  name: "s3-no-acl-public",
  description: "No access control list of a bucket or an object grants anything to everybody.",
  severity: "critical",
  reason:
    "Such a list publishes the data as soon as lists are in force and the public access block is off.",
  remediationSteps:
    "Leave the list out, or use a private one, and give access to named principals by the bucket's policy.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html",
  also: ["CKV_AWS_20", "CKV_AWS_57", "S3.2", "S3.3", "AVD-AWS-0092", "s3_bucket_public_list_acl"],
  types: [...ACL_TYPES, ...BUCKET_TYPES, ...OBJECT_TYPES],
  check: ({ name, props }, report) => {
    const { acl } = props;
    if (typeof acl === "string" && PUBLIC_LISTS.includes(acl)) {
      report(`The acl of ${name} is "${acl}", which is for everybody; use "private" or none.`);
    }
    for (const group of groupsOf(props)) {
      if (PUBLIC_GROUPS.some((everybody) => group.endsWith(everybody))) {
        report(
          `An access control list of ${name} has a grant to "${group}", which is everybody; remove it.`,
        );
      }
    }
  },
};

/** Groups that are granted something, by grants of a bucket, an object or a list. */
function groupsOf({ grants, accessControlPolicy }: Record<string, unknown>): string[] {
  return [grants, ...objectsOf(accessControlPolicy).map((policy) => policy.grants)]
    .flatMap(objectsOf)
    .flatMap((grant) => [grant, ...objectsOf(grant.grantee)])
    .flatMap(({ uri }) => textOf(uri) ?? []);
}
