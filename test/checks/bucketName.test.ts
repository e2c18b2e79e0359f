import assert from "node:assert";
import fc from "fast-check";
import { checkBucketName, defaultBucketName } from "../../checks/bucketName";

const DEPLOYMENT = {
  project: "mwaa-analytics",
  accountId: "123456789012",
  region: "us-east-1",
};

// What Pulumi allows in the name of a stack.
const stackName = fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/);

describe("defaultBucketName", () => {
  it("is a name that S3 and MWAA take, for any stack in any region", () => {
    const region = fc.constantFrom("us-east-1", "ap-southeast-3", "us-gov-west-1");
    fc.assert(
      fc.property(
        stackName,
        region,
        fc.constantFrom(undefined, "data"),
        (stack, where, purpose) => {
          const name = defaultBucketName({ ...DEPLOYMENT, stack, region: where, purpose });
          assert.deepStrictEqual(checkBucketName("airflowBucketName", name), []);
          assert.ok(name.length <= 63);
        },
      ),
    );
  });

  it("is another one for another stack, also where names are cut", () => {
    fc.assert(
      fc.property(stackName, stackName, (one, other) => {
        fc.pre(one !== other);
        assert.notStrictEqual(
          defaultBucketName({ ...DEPLOYMENT, stack: one }),
          defaultBucketName({ ...DEPLOYMENT, stack: other }),
        );
      }),
    );
  });

  it("says what it is for and where it is, when there is room", () => {
    assert.strictEqual(
      defaultBucketName({ ...DEPLOYMENT, stack: "dev", purpose: "data" }),
      "airflow-mwaa-analytics-data-dev-123456789012-us-east-1",
    );
  });
});

describe("checkBucketName", () => {
  const good = [
    "airflow-a",
    "airflow-emr-demo-us-west-2",
    "airflow-1.2",
    `airflow-${"a".repeat(55)}`,
  ];
  for (const name of good) {
    it(`takes ${name}`, () => assert.deepStrictEqual(checkBucketName("x", name), []));
  }
  const bad: [string, RegExp][] = [
    ["my-bucket", /starts with "airflow-"/],
    ["airflow", /starts with "airflow-"/],
    ["airflow-", /letter or digit at either end/],
    ["airflow-A", /lower-case/],
    ["Airflow-a", /lower-case/],
    ["airflow-a_b", /lower-case letters, digits, hyphens/],
    ["airflow-a b", /lower-case letters, digits, hyphens/],
    ["airflow-a..b", /single dots/],
    ["airflow-a-", /letter or digit at either end/],
    ["airflow-ä", /lower-case letters/],
    ["airflow-a-s3alias", /does not end in "-s3alias"/],
    ["airflow-a--ol-s3", /does not end in "--ol-s3"/],
    [`airflow-${"a".repeat(56)}`, /at most 63 characters/],
    ["", /starts with "airflow-"/],
  ];
  for (const [name, allowed] of bad) {
    it(`refuses "${name}"`, () => {
      const [problem, ...others] = checkBucketName("dataBucketName", name);
      assert.match(problem.allowed, allowed);
      assert.deepStrictEqual(
        [problem.setting, problem.value, others],
        ["dataBucketName", name, []],
      );
    });
  }
});

describe("checkBucketName of a bucket that is there", () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  for (const name of ["my-airflow-bucket-unique-name", "abc", "a.b.c", "1a", "1.2.3"]) {
    it(`takes ${name}, if it is long enough`, () => {
      const problems = checkBucketName("airflowBucketName", name, { isNew: false });
      assert.strictEqual(problems.length, name.length < 3 ? 1 : 0);
    });
  }
  for (const [name, allowed] of [
    ["ab", /at least 3 characters/],
    [".abc", /letter or digit at either end/],
    ["-abc", /letter or digit at either end/],
    ["192.168.5.4", /no IP address/],
    ["xn--abc", /does not start with "xn--"/],
    ["sthree-abc", /does not start with "sthree-"/],
    ["amzn-s3-demo-bucket", /does not start with "amzn-s3-demo-"/],
    ["abc-s3alias", /does not end in "-s3alias"/],
    ["Abc", /lower-case/],
  ] as const) {
    it(`refuses ${name}`, () => {
      const [problem, ...others] = checkBucketName("airflowBucketName", name, { isNew: false });
      assert.match(problem.allowed, allowed);
      assert.deepStrictEqual(others, []);
    });
  }
});
