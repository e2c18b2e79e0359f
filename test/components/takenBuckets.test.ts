import assert from "node:assert";
import { refuseTakenBuckets } from "../../components/takenBuckets";
import { PROTECTED_BUCKET, record, thereAre } from "../mocks";
import { LOCATION } from "../policies";

const OWN = { Project: "films", Stack: "dev" };
const CONTEXT = {
  location: LOCATION,
  tags: OWN,
  airflowBucketName: "airflow-films",
  dataBucketName: "airflow-films-data",
};

/** Buckets that are there, with their tags; none where there are none that AWS shows. */
type There = Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;

const refuse = (there: There, createAirflowBucket = true, lookUp = thereAre(Object.keys(there))) =>
  record(() => refuseTakenBuckets(CONTEXT, ["data"], { createAirflowBucket }), {
    functions: {
      ...lookUp,
      "aws:resourcegroupstaggingapi/getResources:getResources": ({ resourceArnLists }) => ({
        resourceTagMappingLists: Object.entries(there)
          .map(([name, tags]) => ({ resourceArn: `arn:aws:s3:::${name}`, tags }))
          .filter(({ tags }) => tags !== undefined)
          .filter(({ resourceArn }) => (resourceArnLists as string[]).includes(resourceArn)),
      }),
    },
  });

/** What the provider says of a bucket that it cannot look at. */
const answers = (status: string) => ({
  "aws:s3/getBucket:getBucket": () => {
    throw new Error(
      `reading S3 Bucket (x): operation error S3: HeadBucket, https response error StatusCode: ${status}`,
    );
  },
});

describe("refuseTakenBuckets", () => {
  it("goes on where there are none, and with the stack's own", async () => {
    await refuse({});
    await refuse({ "airflow-films": OWN, "airflow-films-data": { ...OWN, Team: "data" } });
  });

  for (const [setting, name] of [
    ["airflowBucketName", "airflow-films"],
    ["dataBucketName", "airflow-films-data"],
  ]) {
    for (const [whose, tags, remedy] of [
      ["without tags", undefined, /is minutes old may not be found yet/],
      ["of nobody", { Team: "data" }, /set them again/],
      ["of another stack", { ...OWN, Stack: "prod" }, /Key=Stack,Values=prod/],
    ] as const) {
      it(`refuses to create ${setting} where there is one ${whose}, with the way out`, async () => {
        await assert.rejects(refuse({ [name]: tags }), (error: Error) => {
          assert.match(
            error.message,
            new RegExp(
              `${setting} is ${name}, a bucket that is there already, and that this stack did not create; nothing`,
            ),
          );
          assert.match(error.message, remedy);
          assert.strictEqual(
            error.message.includes("createAirflowBucket to false"),
            setting === "airflowBucketName",
          );
          return true;
        });
      });
    }
  }

  it("refuses one that is elsewhere, and says what else went wrong", async () => {
    await assert.rejects(refuse({}, true, answers("403, RequestID: 1, api error Forbidden")), {
      message: /is another account's or not to be read with these credentials/,
    });
    await assert.rejects(refuse({}, true, answers("301, RequestID: 1, api error Moved")), {
      message: /is in another region/,
    });
    await assert.rejects(refuse({}, true, answers("503, RequestID: 1, api error SlowDown")), {
      message: /SlowDown/,
    });
  });

  it("refuses to take the stack's own bucket for one that is there anyhow, which would delete it", async () => {
    await assert.rejects(
      refuse({ "airflow-films": OWN }, false),
      /createAirflowBucket is false, but the bucket airflow-films was made by this stack/,
    );
    await refuse({ "airflow-films": { ...OWN, Stack: "prod" } }, false);
    await refuse({ "airflow-films": undefined }, false);
  });

  it("refuses to use a bucket that is not there, or elsewhere", async () => {
    await assert.rejects(
      refuse({}, false),
      /createAirflowBucket is false, but there is no bucket airflow-films; nothing was created/,
    );
    await assert.rejects(
      refuse({}, false, answers("301, RequestID: 1, api error Moved")),
      /createAirflowBucket is false, but the bucket airflow-films is in another region; nothing/,
    );
  });

  const GET_RESOURCE = "aws:cloudcontrol/getResource:getResource";
  /** Uses a bucket that is there and described so. */
  const use = (properties: object) =>
    refuse({ "airflow-films": undefined }, false, {
      ...thereAre(["airflow-films"]),
      [GET_RESOURCE]: () => ({ properties: JSON.stringify(properties) }),
    });

  it("refuses to use a bucket that is not versioned, with the command that turns it on", async () => {
    const { VersioningConfiguration, ...never } = PROTECTED_BUCKET;
    assert.ok(VersioningConfiguration);
    for (const [properties, status] of [
      [never, "never turned on"],
      [{ ...never, VersioningConfiguration: { Status: "Suspended" } }, "Suspended"],
    ] as const) {
      await assert.rejects(use(properties), ({ message }: Error) => {
        assert.match(message, /MWAA does not take the bucket airflow-films as it is; nothing was/);
        assert.match(message, new RegExp(`its versioning is ${status}; allowed: Enabled`));
        assert.match(message, /put-bucket-versioning --bucket airflow-films /);
        return !message.includes("public access");
      });
    }
  });

  it("refuses to use a bucket that admits public access, in whichever way", async () => {
    const { PublicAccessBlockConfiguration: block, ...rest } = PROTECTED_BUCKET;
    for (const off of Object.keys(block)) {
      await assert.rejects(
        use({ ...rest, PublicAccessBlockConfiguration: { ...block, [off]: false } }),
        new RegExp(`does not block all public access: ${off} is off\\..*BlockPublicAcls=true,`),
      );
    }
    await assert.rejects(use(rest), /BlockPublicAcls, .*, RestrictPublicBuckets are off/);
  });

  it("goes on, with a warning, where it cannot see that", async () => {
    const calls: string[] = [];
    await refuse({ "airflow-films": undefined }, false, {
      ...thereAre(["airflow-films"]),
      [GET_RESOURCE]: () => {
        calls.push(GET_RESOURCE);
        throw new Error("not authorized to perform: cloudformation:GetResource");
      },
    });
    assert.deepEqual(calls, [GET_RESOURCE]);
  });
});
