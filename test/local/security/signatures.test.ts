import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

import { s3Of } from "../../../local/cli/s3";
import { Call, Keys, SignedCall, send, signed } from "./calls";
import { demo } from "../demoStack";

const BUCKET = "security-tests";
const OBJECT = `/${BUCKET}/object`;

/** Calls that change something, one a protocol. */
const CALLS: Readonly<Record<string, SignedCall & { readonly body: string }>> = {
  s3: { method: "PUT", path: OBJECT, body: "changed" },
  ssm: {
    method: "POST",
    path: "/",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": "AmazonSSM.PutParameter",
    },
    body: JSON.stringify({ Name: "/security/changed", Value: "changed", Type: "String" }),
  },
  iam: {
    method: "POST",
    path: "/",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      Action: "CreateRole",
      Version: "2010-05-08",
      RoleName: "changed",
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [] }),
    }).toString(),
  },
};

/** The codes that AWS refuses a key that it does not know with. */
const UNKNOWN = {
  s3: "InvalidAccessKeyId",
  ssm: "UnrecognizedClientException",
  iam: "InvalidClientTokenId",
};

/** The codes that AWS refuses a signature with that is not the request's. */
const MISMATCH = {
  s3: "SignatureDoesNotMatch",
  ssm: "InvalidSignatureException",
  iam: "SignatureDoesNotMatch",
};

describe("the local cloud refuses", () => {
  let administrator: Keys;
  let session: Keys & { sessionToken: string };
  let untouched: unknown;
  let s3: S3Client;

  const object = async () => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: "object" }));
    return Body?.transformToString();
  };

  /** Sends a request that has to be refused with a code, and a status of the client's fault. */
  async function refused(call: Call, code: string | RegExp): Promise<void> {
    const { status, body, headers } = await send(demo.ports.cloud, call);
    assert.ok(status >= 400 && status < 500, `${status}: ${body}`);
    assert.match(body, code instanceof RegExp ? code : new RegExp(`\\b${code}\\b`));
    const cors = Object.keys(headers).filter((name) => name.startsWith("access-control-"));
    assert.deepEqual(cors, []);
  }

  before(async () => {
    const { accessKeyId, secretAccessKey, token } = demo.secrets();
    administrator = { accessKeyId, secretAccessKey };
    s3 = s3Of(demo.endpoint());
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "object", Body: "as it was" }));
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: "*",
          Action: ["s3:GetObject", "s3:PutObject"],
          Resource: `arn:aws:s3:::${BUCKET}/*`,
        },
      ],
    });
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket: BUCKET }));
    await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }));
    const name = (await demo.inventory()).iam.roles.find((role) => role.includes("glue-job"));
    const role = `arn:aws:iam::123456789012:role/${name}`;
    const service = "glue.amazonaws.com";
    const opens = createHmac("sha256", token).update(`${service}|${role}`).digest("hex");
    const lent = await send(demo.ports.cloud, {
      method: "GET",
      path: `/_local/credentials?${new URLSearchParams({ role, service })}`,
      headers: { Authorization: opens },
    });
    assert.equal(lent.status, 200, lent.body);
    const keys = JSON.parse(lent.body) as Record<string, string>;
    session = {
      accessKeyId: keys.AccessKeyId,
      secretAccessKey: keys.SecretAccessKey,
      sessionToken: keys.Token,
    };
    untouched = await demo.inventory();
  });

  afterEach(async () => {
    assert.deepEqual(await demo.inventory(), untouched);
    assert.equal(await object(), "as it was");
  });

  for (const [service, call] of Object.entries(CALLS)) {
    const unknown = UNKNOWN[service as keyof typeof UNKNOWN];
    const mismatch = MISMATCH[service as keyof typeof MISMATCH];

    describe(`a call of ${service}`, () => {
      it("with a wrong secret", () =>
        refused(
          signed(service, call, { ...administrator, secretAccessKey: "x".repeat(40) }),
          mismatch,
        ));
      for (const accessKeyId of ["AKIAIOSFODNN7EXAMPLE", "test", "123456789012"]) {
        it(`of the key ${accessKeyId}`, () =>
          refused(signed(service, call, { accessKeyId, secretAccessKey: "test" }), unknown));
      }
      it("of a session without its token", () => {
        const { accessKeyId, secretAccessKey } = session;
        return refused(signed(service, call, { accessKeyId, secretAccessKey }), unknown);
      });
      it("of a session with another token", () =>
        refused(
          signed(service, call, { ...session, sessionToken: "x".repeat(160) }),
          service === "s3" ? "InvalidToken" : unknown,
        ));
      it("signed an hour ago", () =>
        refused(
          signed(service, call, administrator, { seconds: 3600 }),
          service === "s3" ? "RequestTimeTooSkewed" : mismatch,
        ));
      it("whose body is another than the signed one", () =>
        refused(
          {
            ...signed(service, call, administrator),
            body: call.body.replace("changed", "CHANGED"),
          },
          service === "s3" ? "XAmzContentSHA256Mismatch" : mismatch,
        ));
      it("whose path is another than the signed one", () =>
        refused({ ...signed(service, call, administrator), path: `${call.path}-2` }, mismatch));
      it("without a signature", () =>
        refused(call, service === "s3" ? "AccessDenied" : /MissingAuthenticationToken/));
    });
  }

  it("who does not sign, whatever a bucket's policy says", async () => {
    for (const method of ["GET", "HEAD", "PUT", "POST", "DELETE"]) {
      await refused({ method, path: OBJECT }, method === "HEAD" ? /^$/ : "AccessDenied");
    }
  });

  describe("an address", () => {
    const get = { method: "GET", path: `${OBJECT}?X-Amz-Expires=60` };
    const path = () => signed("s3", get, administrator, { inAddress: true }).path;

    it("that is signed for another object, and not the right one", async () => {
      const good = await send(demo.ports.cloud, { method: "GET", path: path() });
      assert.equal(good.body, "as it was");
      await refused(
        { method: "GET", path: path().replace(OBJECT, `${OBJECT}-2`) },
        "SignatureDoesNotMatch",
      );
      await refused({ method: "DELETE", path: path() }, "SignatureDoesNotMatch");
    });
    it("whose time is over", () =>
      refused(
        { method: "GET", path: path().replace(/X-Amz-Date=\d{8}/, "X-Amz-Date=20200101") },
        "AccessDenied",
      ));
    it("that is signed as well as the header", () =>
      refused(
        { ...signed("s3", { method: "GET", path: OBJECT }, administrator), path: path() },
        "InvalidRequest",
      ));
  });

  describe("who names another action than the one that it asks for", () => {
    // To read is allowed to the Glue role, to write to this bucket is not.
    const named: Readonly<Record<string, Partial<SignedCall>>> = {
      "the query string": { path: `${OBJECT}?Action=GetObject` },
      "a form": {
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: "Action=GetObject",
      },
      "a header": { headers: { "X-Amz-Target": "S3.GetObject" } },
    };
    for (const [where, more] of Object.entries(named)) {
      it(`in ${where}`, () =>
        refused(signed("s3", { ...CALLS.s3, ...more }, session), "InvalidAction"));
    }
    it("in a form beside the header", () =>
      refused(
        signed(
          "ssm",
          {
            ...CALLS.ssm,
            headers: {
              ...CALLS.ssm.headers,
              "Content-Type": "application/x-www-form-urlencoded",
            },
            body: CALLS.ssm.body.replace("changed", "changed&Action=GetParameter&"),
          },
          administrator,
        ),
        "InvalidAction",
      ));
  });

  describe("what asks for no signature at AWS, or at the emulator,", () => {
    for (const path of [
      "/?Action=AssumeRoleWithWebIdentity&RoleArn=a&RoleSessionName=b&WebIdentityToken=c",
      "/?Action=ConfirmSubscription&TopicArn=a&Token=b",
      "/_alb/name/",
      "/_aws/execute-api/a/b/",
      "/_aws/lambda-url/a/",
      "/_aws/sqs/messages",
      "/_localstack/health",
      "/_ministack/reset",
      "//_ministack/reset",
      "/%5fministack/reset",
      "/a/../_ministack/reset",
      "/a/.well-known/jwks.json",
      "/iceberg/v1/config",
      "/latest/meta-data/iam/security-credentials/",
      "/oauth2/token",
      "/restapis/a/b/_user_request_/c",
      "/v2/_catalog",
    ]) {
      it(path, async () => {
        for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS"]) {
          await refused({ method, path }, /MissingAuthenticationToken|AccessDenied|is not served/);
        }
      });
    }
    it("an address with a server in it", () =>
      refused({ method: "POST", path: "http://127.0.0.1/_ministack/reset" }, /./));
  });
});
