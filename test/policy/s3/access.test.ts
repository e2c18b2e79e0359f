import { s3NoAclPublic } from "../../../policy/rules/s3/s3-no-acl-public";
import { s3NoWildcardPrincipal } from "../../../policy/rules/s3/s3-no-wildcard-principal";
import { s3PublicAccessBlockComplete } from "../../../policy/rules/s3/s3-public-access-block-complete";
import { Case, UNKNOWN, resource, table } from "../graph";
import { openStatements } from "../openStatements";

const BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const ACCOUNT_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock";
const ALL = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
};

const block = (props: Record<string, unknown>, type = BLOCK) => resource(type, "block", props);

const complete: readonly Case[] = [
  { when: "all four are true", resources: [block(ALL)] },
  { when: "all four of the account's are true", resources: [block(ALL, ACCOUNT_BLOCK)] },
  ...Object.keys(ALL).flatMap((setting): Case[] => [
    {
      when: `${setting} is false`,
      resources: [block({ ...ALL, [setting]: false })],
      violations: [["block", new RegExp(`has ${setting} false; all four`)]],
    },
    {
      when: `${setting} is missing`,
      resources: [block({ ...ALL, [setting]: undefined }, ACCOUNT_BLOCK)],
      violations: [["block", new RegExp(`has ${setting} missing; all four`)]],
    },
    {
      when: `${setting} is not known yet`,
      resources: [block({ ...ALL, [setting]: UNKNOWN })],
      notChecked: new RegExp(setting),
    },
  ]),
  {
    when: "a value is text",
    resources: [block({ ...ALL, blockPublicAcls: "true" })],
    violations: [["block", /blockPublicAcls "true"/]],
  },
  {
    when: "nothing is set",
    resources: [block({})],
    violations: [["block", /blockPublicAcls missing.*restrictPublicBuckets missing/]],
  },
  {
    when: "another type has none",
    resources: [block({}, "aws:s3/bucketVersioning:BucketVersioning")],
  },
];

const list = (type: string, props: Record<string, unknown>) => resource(type, "list", props);
const LISTED = [
  "aws:s3/bucketAcl:BucketAcl",
  "aws:s3/bucketAclV2:BucketAclV2",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketV2:BucketV2",
  "aws:s3/bucketObject:BucketObject",
  "aws:s3/bucketObjectv2:BucketObjectv2",
  "aws:s3/objectCopy:ObjectCopy",
];
const EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers";
const ANY_ACCOUNT = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
const LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery";

const publicLists: readonly Case[] = [
  ...LISTED.flatMap((type): Case[] => [
    { when: `${type} has a private list`, resources: [list(type, { acl: "private" })] },
    { when: `${type} has no list`, resources: [list(type, {})] },
    {
      when: `${type} has a public list`,
      resources: [list(type, { acl: "public-read" })],
      violations: [["list", /"public-read".*"private"/]],
    },
    {
      when: `${type} has a list that is not known yet`,
      resources: [list(type, { acl: UNKNOWN })],
      notChecked: /acl/,
    },
  ]),
  ...["public-read-write", "authenticated-read"].map((acl): Case => ({
    when: `the list is ${acl}`,
    resources: [list(LISTED[0], { acl })],
    violations: [["list", new RegExp(`"${acl}"`)]],
  })),
  ...[EVERYBODY, ANY_ACCOUNT].flatMap((uri): Case[] => [
    {
      when: `a bucket has a grant to ${uri}`,
      resources: [list(LISTED[2], { grants: [{ type: "Group", uri, permissions: ["READ"] }] })],
      violations: [["list", /grant to/]],
    },
    {
      when: `a list has a grant to ${uri}`,
      resources: [
        list(LISTED[0], {
          accessControlPolicy: {
            grants: [{ permission: "READ", grantee: { type: "Group", uri } }],
          },
        }),
      ],
      violations: [["list", /grant to/]],
    },
  ]),
  {
    when: "grants are to a user and to log delivery",
    resources: [
      list(LISTED[0], {
        accessControlPolicy: {
          grants: [
            { grantee: { type: "CanonicalUser", id: "x" } },
            { grantee: { uri: LOG_DELIVERY } },
          ],
        },
      }),
    ],
  },
  {
    when: "a grant is not known yet",
    resources: [list(LISTED[2], { grants: [{ uri: UNKNOWN }] })],
    notChecked: /uri/,
  },
  {
    when: "another type has such a word",
    resources: [list("aws:sqs/queue:Queue", { acl: "public-read" })],
  },
];

describe("rules on who gets at a bucket", () => {
  table(s3PublicAccessBlockComplete, complete);
  table(s3NoAclPublic, publicLists);
  table(
    s3NoWildcardPrincipal,
    openStatements([
      "aws:s3/bucketPolicy:BucketPolicy",
      "aws:s3/accessPoint:AccessPoint",
      "aws:s3control/accessPointPolicy:AccessPointPolicy",
      "aws:s3/bucket:Bucket",
      "aws:s3/bucketV2:BucketV2",
    ]),
  );
});
