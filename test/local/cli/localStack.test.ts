import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { checkSettings, localStack } from "../../../local/cli/localStack";
import { readStackFile } from "../../../local/cli/stackFile";
import { homeOf } from "../../../local/cli/stackHome";
import { PIPELINES } from "../../../components/pipelines";
import { ROOT } from "../../../local/home";
import { UserError } from "../../../local/setup/steps";
import { temporaryHome } from "../running";

describe("settings of the laptop's stack", () => {
  const [{ name }] = PIPELINES;
  const { home, remove } = temporaryHome();
  const root = home.folder;
  const place = { home, root };
  const write = (name: string, text: string) => fs.writeFileSync(home.file(name), text);
  before(() => {
    write("Pulumi.yaml", "name: films\n");
    write("policy/config/local.json", "{}");
    write("policy/config/far.json", "{}");
  });
  after(remove);

  it("are of the project that Pulumi.yaml names, whose environment needs no name", () => {
    write("Pulumi.local.yaml", `config: { aws:region: us-east-1, films:pipelines: [${name}] }\n`);
    const { project, settings } = localStack(place);
    assert.equal(project, "films");
    assert.deepEqual(settings.pipelines, [name]);
    assert.equal(settings.environment.name, "mwaa-films-local");
  });

  it("are told wrong once, all of them, with the file to edit", () => {
    write(
      "Pulumi.local.yaml",
      "config: { aws:region: us-east-1, films:maxWorkers: 90, films:pipelines: [no] }\n",
    );
    assert.throws(
      () => checkSettings(place),
      (error: Error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /maxWorkers is 90; allowed/);
        assert.match(error.message, /pipelines/);
        assert.match(error.message, /Edit Pulumi\.local\.yaml\.$/);
        return true;
      },
    );
  });

  it("are right in the checkout", () => checkSettings());
});

describe("another stack on the laptop", () => {
  const { home, remove } = temporaryHome();
  const place = { home, root: home.folder, stack: "far" };
  const write = (name: string, text: string) => fs.writeFileSync(home.file(name), text);
  before(() => write("Pulumi.yaml", "name: films\n"));
  after(remove);

  it("has its settings, and what only AWS has is changed and told", () => {
    write(
      "Pulumi.far.yaml",
      "secretsprovider: awskms://alias/state\nencryptedkey: abc\nconfig:\n  aws:region: eu-west-1\n" +
        "  aws:profile: us\n  films:availabilityZones: [eu-west-1a, eu-west-1b]\n  films:minWorkers: 1\n" +
        "  films:weeklyMaintenanceWindowStart: SUN:04:00\n  films:movielensSource: https://example.com/films.zip\n",
    );
    const { text, notes } = readStackFile(place);
    assert.doesNotMatch(text, /awskms|abc|eu-west|profile/);
    assert.match(text, /weeklyMaintenanceWindowStart: SUN:04/);
    assert.deepEqual(notes, [
      "aws:profile is left out: calls go to the local cloud.",
      "aws:region is us-east-1 in place of eu-west-1: the local cloud has no other.",
      "films:availabilityZones is left out with it.",
      "films:movielensSource is s3://movielens-source-local/ml-latest-small.zip: the zip that --movielens names, or the published one.",
    ]);
    assert.equal(localStack(place).settings.environment.name, "mwaa-films-far");
  });

  it("needs values of the laptop's own for what is encrypted, and has them nowhere in plain text", () => {
    write(
      "Pulumi.far.yaml",
      "config:\n  aws:region: us-east-1\n  films:tags:\n    Owner: { secure: v1:abc }\n    Team: data\n",
    );
    assert.throws(
      () => readStackFile(place),
      /stack-secrets\.yaml, a line each:\n {2}films:tags\.Owner: "…"/,
    );
    write("stack-secrets.yaml", "films:tags.Owner: us\n");
    const { config, secrets, text } = readStackFile(place);
    assert.deepEqual(config["films:tags"], { Owner: "us", Team: "data" });
    assert.deepEqual(secrets, { "films:tags.Owner": "us" });
    assert.doesNotMatch(text, /Owner/);
  });

  it("needs levels of its policies", () =>
    assert.throws(() => checkSettings(place), /There is no policy.config.far\.json/));

  it("has to be there, and of a name that a file can have", () => {
    assert.throws(
      () => readStackFile({ ...place, stack: "none" }),
      /there is no .*Pulumi\.none\.yaml/,
    );
    assert.throws(() => homeOf({ stack: "../up" }), /--stack is "\.\.\/up"; allowed/);
  });

  it("has a home of its own", () => {
    assert.equal(homeOf({ stack: "local" }).folder, path.join(ROOT, ".local"));
    assert.equal(homeOf({ stack: "local", home: home.folder }).folder, home.folder);
    const other = homeOf({ stack: "laptop-test" }).folder;
    assert.equal(other, path.join(ROOT, ".local", "stacks", "laptop-test"));
    fs.rmdirSync(other);
  });
});
