import assert from "node:assert/strict";

import { redact } from "../../deploy/ci/redact";

// Put together here, so that nobody's scanner takes them for real ones.
const key = `ASIA${"ABCDEFGH".repeat(2)}`;
const jwt = ["eyJhbGciOiJSUzI1NiJ9", "eyJzdWIiOiJyZXBvIn0", "c2lnbmF0dXJl"].join(".");

describe("output that leaves the job", () => {
  it("is without the secrets of its environment", () => {
    const environment = {
      AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY",
      AWS_SESSION_TOKEN: "FwoGZXIvYXdzEBYaD",
      PULUMI_CONFIG_PASSPHRASE: "correct horse",
    };
    for (const secret of Object.values(environment)) {
      assert.equal(redact(`a ${secret} b ${secret}`, environment), "a [secret] b [secret]");
    }
  });

  it("is without a secret that has another one in it", () => {
    const environment = { A_TOKEN: "12345678", B_TOKEN: "12345678-and-more" };
    assert.equal(redact("x 12345678-and-more", environment), "x [secret]");
  });

  it("keeps what is no secret, short values and names among it", () => {
    const environment = {
      A_TOKEN: "true",
      EMPTY_SECRET: "",
      PULUMI_BACKEND_URL: "s3://the-bucket",
    };
    assert.equal(redact("true: s3://the-bucket", environment), "true: s3://the-bucket");
  });

  for (const [what, secret] of Object.entries({
    "an access key's id": key,
    "a token of GitHub": `ghs_${"a1B2".repeat(9)}`,
    "a fine-grained token of GitHub": `github_pat_${"a1B2".repeat(9)}`,
    "a token of Pulumi Cloud": `pul-${"0a".repeat(20)}`,
    "a signed token": jwt,
  })) {
    it(`is without ${what}`, () => {
      assert.equal(redact(`"${secret}",`, {}), '"[secret]",');
    });
  }

  it("is without the signature of an address", () => {
    const address = "https://b.s3.amazonaws.com/k?X-Amz-Signature=0a1b2c&X-Amz-Date=1";
    assert.equal(
      redact(address, {}),
      "https://b.s3.amazonaws.com/k?X-Amz-Signature=[secret]&X-Amz-Date=1",
    );
  });

  it("is without colours", () => {
    assert.equal(redact("\x1b[38;5;2m+ create\x1b[0m", {}), "+ create");
  });

  it("keeps ARNs and account numbers, which say what is changed", () => {
    const arn = "arn:aws:iam::123456789012:role/mwaa-dev-execution-0001";
    assert.equal(redact(arn, {}), arn);
  });
});
