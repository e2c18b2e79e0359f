import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { readRedshift } from "../../checks/redshift";
import { LOCATION, document } from "../policies";
import roles from "../../deploy/oidc/index";
import { DeploymentRoles, UP_SECONDS, permissions } from "../../deploy/oidc/deploymentRoles";
import { allow, withResources } from "../../deploy/oidc/permissions/area";
import { delegation } from "../../deploy/oidc/permissions/delegation";
import { identity } from "../../deploy/oidc/permissions/identity";
import { policies } from "../../deploy/oidc/permissions/policies";
import { ProgramStack, pipelinesOf, readStack } from "../../deploy/oidc/stackSettings";
import { checkTrust } from "../../deploy/oidc/trust";
import { SERVICES } from "../../components/plan";
import program from "../../index";
import { ROOT } from "../../local/home";
import { statementsOf, values } from "../../policy/documents";
import { Configuration, evaluate } from "../../policy/evaluate";
import { rules } from "../../policy/index";
import { Written, levelsIn } from "../../policy/levels";
import { ACCOUNT, RecordOptions, Recording, record } from "../mocks";
import { resource } from "../policy/graph";
import { recording } from "../policy/recorded";
import { shippedStack } from "../shippedStack";
import { stackConfig } from "../stackFiles";
import { CALLS, FUNCTIONS } from "./calls";
import { Request, isAllowed } from "./iam";

const STACKS = ["dev", "prod"] as const;
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/state`;

const CONFIG = {
  repository: "acme/data",
  stateBucketName: "acme-state",
  stateKeyArn: KEY,
};

/** What AWS computes for the types of these roles. */
const RESOURCES: RecordOptions["resources"] = {
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": () => ({ arn: PROVIDER }),
  "aws:iam/policy:Policy": (_, name) => ({ arn: `arn:aws:iam::${ACCOUNT}:policy/${name}` }),
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": () => ({}),
};

const run = (stack: string, config: Record<string, unknown> = CONFIG) =>
  record(() => roles(), { stack, config, resources: RESOURCES });

/** The trust policy of a role, and the policies that are attached to it. */
function roleOf({ registrations }: Recording<unknown>, suffix: "preview" | "up") {
  const name = `github-${suffix}`;
  const role = registrations.find(
    ({ type, name: n }) => type === "aws:iam/role:Role" && n === name,
  );
  assert.ok(role, `no role ${name}`);
  const attached = registrations
    .filter(({ inputs }) => inputs.role === `${name}-0001`)
    .map(({ inputs }) => String(inputs.policyArn).split("/")[1]);
  const policies = registrations
    .filter(({ type, name: n }) => type === "aws:iam/policy:Policy" && attached.includes(n))
    .map(({ inputs }) => document(inputs.policy));
  assert.equal(policies.length, attached.length);
  return { role, trust: document(role.inputs.assumeRolePolicy), policies };
}

const read = (stack: string): ProgramStack =>
  readStack(stack, { partition: "aws", dnsSuffix: "amazonaws.com", accountId: ACCOUNT });

describe("an account that bounds its roles", () => {
  const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/bounds`;
  const own = read("dev");
  const bounded: ProgramStack = {
    ...own,
    settings: {
      ...own.settings,
      iam: { permissionsBoundary: BOUNDARY, path: "/data/" },
      airflowUserRoles: ["Op"],
    },
  };
  const write = [identity, delegation, policies].flatMap((area) => area(bounded).write);
  const role = `arn:aws:iam::${ACCOUNT}:role/data/mwaa-emr-blog-demo-execution-0001`;
  const may = (action: string, resource: string, context: Request["context"] = {}) =>
    isAllowed([{ Statement: write }], { action, resource, context });

  for (const action of [
    "CreateRole",
    "PutRolePolicy",
    "DeleteRolePolicy",
    "UpdateAssumeRolePolicy",
  ]) {
    it(`lets nobody ${action} without its boundary, or beside its path`, () => {
      const context = { "iam:PermissionsBoundary": BOUNDARY };
      assert.ok(may(`iam:${action}`, role, context));
      assert.ok(!may(`iam:${action}`, role));
      assert.ok(!may(`iam:${action}`, role, { "iam:PermissionsBoundary": `${BOUNDARY}2` }));
      assert.ok(!may(`iam:${action}`, role.replace("/data/", "/"), context));
    });
  }

  it("is refused where its ARNs make a policy too long for IAM", () => {
    const { iam } = bounded.settings;
    const long = { ...iam, permissionsBoundary: `${BOUNDARY}${"/".padEnd(3000, "b")}` };
    const program = { ...bounded, settings: { ...bounded.settings, iam: long } };
    assert.throws(
      () => new DeploymentRoles("github", { program, repository: "acme/data", branch: "main" }),
      /^RangeError: The policy identity of the deployment roles has \d+ characters; allowed: 6144\. Shorten/,
    );
  });

  it("lets nobody take the boundary away", () => {
    const context = { "iam:PermissionsBoundary": BOUNDARY };
    assert.ok(may("iam:PutRolePermissionsBoundary", role, context));
    assert.ok(!may("iam:PutRolePermissionsBoundary", role, {}));
    assert.ok(!may("iam:DeleteRolePermissionsBoundary", role, context));
  });

  it("gives its execution role, with the boundary, the policies made for it, and no others", () => {
    const own = `arn:aws:iam::${ACCOUNT}:policy/data/mwaa-emr-blog-demo-execution-notebook-0001`;
    const context = { "iam:PermissionsBoundary": BOUNDARY, "iam:PolicyARN": own };
    for (const action of ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]) {
      assert.ok(may(action, role, context));
      assert.ok(!may(action, role, { "iam:PolicyARN": own }));
      assert.ok(!may(action, role.replace("execution", "emr-ec2"), context));
      for (const foreign of [
        "arn:aws:iam::aws:policy/AdministratorAccess",
        own.replace("/data/", "/"),
        own.replace("execution", "us-east-1-airflow"),
      ]) {
        assert.ok(!may(action, role, { ...context, "iam:PolicyARN": foreign }), foreign);
      }
    }
    for (const action of ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy"]) {
      assert.ok(may(action, own));
      assert.ok(!may(action, own.replace("/data/", "/")));
      assert.ok(!may(action, own.replace("mwaa-emr", "mwaa-other")));
    }
  });

  it("makes the managed policies of Airflow's users, and no others", () => {
    const policy = `arn:aws:iam::${ACCOUNT}:policy/data/mwaa-emr-blog-demo-us-east-1-airflow-op`;
    for (const action of ["CreatePolicy", "CreatePolicyVersion", "DeletePolicy"]) {
      assert.ok(may(`iam:${action}`, policy));
      // Also that of a role which the setting no longer has.
      assert.ok(may(`iam:${action}`, policy.replace("-op", "-viewer")));
      assert.ok(!may(`iam:${action}`, policy.replace("-op", "-root")));
      assert.ok(!may(`iam:${action}`, policy.replace("/data/", "/")));
    }
    assert.ok(!may("iam:CreatePolicyVersion", BOUNDARY));
  });
});

describe("who may work as the roles", () => {
  let preview: unknown;
  let up: unknown;

  before(async () => {
    const recorded = await run("prod");
    preview = roleOf(recorded, "preview").trust;
    up = roleOf(recorded, "up").trust;
  });

  /** Whether a token with these claims gets in. */
  const admits = (trust: unknown, claims: Record<string, string>) =>
    isAllowed([trust], {
      action: "sts:AssumeRoleWithWebIdentity",
      resource: "",
      context: Object.fromEntries(
        Object.entries({ aud: "sts.amazonaws.com", ...claims }).map(([claim, value]) => [
          `token.actions.githubusercontent.com:${claim}`,
          value,
        ]),
      ),
    });
  const MAIN = { sub: "repo:acme/data:ref:refs/heads/main", ref: "refs/heads/main" };
  const PULL = { sub: "repo:acme/data:pull_request", ref: "refs/pull/7/merge" };
  const PROD = { sub: "repo:acme/data:environment:prod", ref: "refs/heads/main" };

  it("is the one provider's business", () => {
    for (const trust of [preview, up]) {
      assert.deepEqual(
        statementsOf(trust).map(({ Principal }) => Principal),
        [{ Federated: PROVIDER }],
      );
    }
  });

  it("reads: pull requests and the branch", () => {
    assert.ok(admits(preview, PULL));
    assert.ok(admits(preview, MAIN));
  });

  it("brings up: the environment, on the branch", () => {
    assert.ok(admits(up, PROD));
  });

  it("does not bring up: a pull request, the branch alone, another environment or branch", () => {
    assert.ok(!admits(up, PULL));
    assert.ok(!admits(up, MAIN));
    assert.ok(!admits(up, { ...PROD, sub: "repo:acme/data:environment:dev" }));
    assert.ok(!admits(up, { ...PROD, sub: "repo:acme/data:environment:prod2" }));
    // Somebody's own branch that names the environment.
    assert.ok(!admits(up, { ...PROD, ref: "refs/heads/mine" }));
    assert.ok(!admits(up, { sub: PROD.sub }));
  });

  for (const sub of [
    "repo:acme/data2:pull_request",
    "repo:acme2/data:pull_request",
    "repo:mallory/data:pull_request",
    "repo:acme@1/data@2:pull_request",
    "repo:acme/data:ref:refs/heads/mine",
    "repo:acme/data:ref:refs/tags/main",
    "repo:acme/data:environment:prod",
    "repo:acme/data:pull_request2",
    "",
  ]) {
    it(`does not read: ${sub === "" ? "an empty sub" : sub}`, () =>
      assert.ok(!admits(preview, { sub })));
  }

  it("is refused a token for somebody else", () => {
    for (const [trust, claims] of [
      [preview, PULL],
      [up, PROD],
    ] as const) {
      assert.ok(!admits(trust, { ...claims, aud: "https://github.com/acme" }));
    }
  });

  it("knows a repository by its numbers where its tokens have them", async () => {
    const recorded = await run("prod", { ...CONFIG, repository: "acme@12/data@34" });
    const { trust } = roleOf(recorded, "up");
    assert.ok(admits(trust, { ...PROD, sub: "repo:acme@12/data@34:environment:prod" }));
    assert.ok(!admits(trust, PROD));
    assert.ok(!admits(trust, { ...PROD, sub: "repo:acme@12/data@35:environment:prod" }));
  });

  for (const repository of [
    "acme",
    "acme/*",
    "*/*",
    "acme/data:x",
    "acme/",
    "acme@1/data",
    "a b/c",
  ]) {
    it(`refuses the repository ${repository}`, () =>
      assert.throws(
        () => checkTrust({ repository, branch: "main" }),
        /repository is .*owner\/name/,
      ));
  }
  for (const branch of ["*", "", "release/*", "a b", "-x"]) {
    it(`refuses the branch ${JSON.stringify(branch)}`, () =>
      assert.throws(() => checkTrust({ repository: "acme/data", branch }), /branch is /));
  }

  it("is decided before anything is made", async () => {
    const registrations: RecordOptions["registrations"] = [];
    const wrong = { ...CONFIG, repository: "acme/*" };
    await assert.rejects(
      record(() => roles(), { stack: "dev", config: wrong, resources: RESOURCES, registrations }),
      /owner\/name is needed/,
    );
    assert.deepEqual(
      registrations.filter(({ type }) => type.startsWith("aws:")),
      [],
    );
  });
});

for (const stack of STACKS) {
  describe(`what the roles of ${stack} may do`, () => {
    let recorded: Recording<unknown>;
    let preview: ReturnType<typeof roleOf>;
    let up: ReturnType<typeof roleOf>;

    before(async () => {
      recorded = await run(stack);
      preview = roleOf(recorded, "preview");
      up = roleOf(recorded, "up");
    });

    const refused = (policies: readonly unknown[], requests: readonly Request[]) =>
      requests
        .filter((request) => !isAllowed(policies, request))
        .map(
          ({ action, resource: on, context = {} }) =>
            `${action} on ${on} ${JSON.stringify(context)}`,
        );

    it("is all that the program's resources take, and for the reader no more than reading", async () => {
      const { registrations, calls: functions } = await shippedStack(stack);
      assert.ok(functions.length > 5);
      for (const { token, inputs } of functions) {
        const requestsOf = FUNCTIONS[token];
        assert.ok(requestsOf, `${token}: say in test/deploy/calls.ts what is called for it`);
        const requests = requestsOf(inputs);
        assert.deepEqual(refused(preview.policies, requests), [], token);
        assert.deepEqual(refused(up.policies, requests), [], token);
      }
      const made = [
        ...recording(stack, "deployed").map(({ type, props }) => ({ type, props })),
        ...registrations.map(({ type, inputs }) => ({ type, props: inputs })),
      ].filter(({ type }) => type.startsWith("aws:"));
      assert.ok(made.length > 100, String(made.length));
      for (const { type, props } of made) {
        const calls = CALLS[type];
        assert.ok(
          calls,
          `${type}: say in test/deploy/calls.ts what is called for it, and allow it`,
        );
        const { read: reads, write: writes } = calls(props, stack);
        assert.deepEqual(refused(preview.policies, reads), [], type);
        assert.deepEqual(refused(up.policies, [...reads, ...writes]), [], type);
        assert.equal(refused(preview.policies, writes).length, writes.length, type);
      }
    });

    it("passes the policy pack, but for what its configuration gives a reason for", () => {
      const configuration = JSON.parse(
        fs.readFileSync(path.join(ROOT, "deploy", "oidc", "policy.json"), "utf8"),
      ) as Written;
      const levels = levelsIn(configuration, rules);
      const resources = recorded.registrations.map(({ type, name, inputs }) =>
        resource(type, name, inputs),
      );
      assert.ok(Object.values(levels).every(({ level }) => level !== "disabled"));
      const violations = (given: Record<string, { readonly configuration: Configuration }>) =>
        rules.flatMap(([rule]) =>
          evaluate(rule, resources, given[rule.name]?.configuration, "2026-11-23").violations.map(
            ({ message }) => `${rule.name}: ${message}`,
          ),
        );
      assert.deepEqual(violations(levels), []);
      // Nothing else hides behind the reason.
      for (const violation of violations({})) {
        assert.match(violation, /^iam-pass-role: .* without a wildcard\.$/);
      }
      assert.deepEqual(
        Object.keys(configuration).filter((name) => typeof configuration[name] !== "string"),
        ["iam-pass-role"],
      );
    });

    it("has an id of its own for each statement of a policy", () => {
      for (const policy of up.policies) {
        const ids = policy.Statement.map(({ Sid }) => Sid);
        assert.deepEqual([...new Set(ids)], ids);
        for (const id of ids) {
          assert.match(id, /^[A-Za-z0-9]+$/);
        }
      }
    });

    it("does not reach another stack", () => {
      const other = stack === "dev" ? "prod" : "dev";
      const foreign = recording(other, "deployed").filter(({ type }) => type.startsWith("aws:"));
      // What has neither a name of its own nor takes a resource.
      const shared = new Set([
        "ec2:CreateVpcEndpoint",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
        ...["CreateNamespace", "CreateWorkgroup", "DeleteNamespace", "DeleteWorkgroup"].map(
          (action) => `redshift-serverless:${action}`,
        ),
        "redshift-serverless:UpdateNamespace",
        "redshift-serverless:UpdateWorkgroup",
        "secretsmanager:CreateSecret",
        "secretsmanager:TagResource",
        "iam:CreateServiceLinkedRole",
      ]);
      for (const { type, props } of foreign) {
        const { write } = CALLS[type]?.(props, other) ?? { write: [] };
        const reached = write.filter(
          ({ action, resource: on, context = {} }) =>
            !shared.has(action) &&
            on !== "*" &&
            // Each stack's catalog is the account's one; a tag that comes with creation is checked there.
            !on.endsWith(":catalog") &&
            // A rule is made in a group, which the same call asks for.
            !(on.includes(":security-group-rule/") && action.includes(":Authorize")) &&
            context["ec2:CreateAction"] === undefined,
        );
        assert.equal(refused(up.policies, reached).length, reached.length, type);
      }
    });

    it("hands roles to their services only", () => {
      const { name } = read(stack).settings.environment;
      const pass = (purpose: string, service: string) =>
        isAllowed(up.policies, {
          action: "iam:PassRole",
          resource: `arn:aws:iam::${ACCOUNT}:role/${name}-${purpose}-0001`,
          context: { "iam:PassedToService": service },
        });
      assert.ok(pass("execution", "airflow.amazonaws.com"));
      assert.ok(!pass("execution", "lambda.amazonaws.com"));
      for (const { plan } of pipelinesOf(read(stack))) {
        for (const [purpose, services] of Object.entries(plan.owned?.roles ?? {})) {
          assert.ok(services.every((service) => pass(purpose, service)));
          assert.ok(!pass(purpose, "ec2.amazonaws.com"));
        }
      }
      assert.ok(!pass("admin", "airflow.amazonaws.com"));
      assert.ok(!isAllowed(preview.policies, { action: "iam:PassRole", resource: "*" }));
    });

    it("cannot change these roles themselves, nor attach an administrator's policy", () => {
      const attach = (role: string, policy: string) =>
        isAllowed(up.policies, {
          action: "iam:AttachRolePolicy",
          resource: `arn:aws:iam::${ACCOUNT}:role/${role}`,
          context: { "iam:PolicyARN": `arn:aws:iam::aws:policy/${policy}` },
        });
      const { name } = read(stack).settings.environment;
      assert.ok(attach(`${name}-emr-0001`, "service-role/AmazonEMRServicePolicy_v2"));
      assert.ok(!attach(`${name}-emr-0001`, "AdministratorAccess"));
      assert.ok(!attach(`${name}-execution-0001`, "service-role/AmazonEMRServicePolicy_v2"));
      for (const action of ["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"]) {
        const own = { action, resource: `arn:aws:iam::${ACCOUNT}:role/github-up-0001` };
        assert.ok(!isAllowed(up.policies, own), action);
      }
    });

    it("reads and writes the state of its own stack only", () => {
      const request = (action: string, key: string): Request => ({
        action,
        resource: `arn:aws:s3:::acme-state/.pulumi/${key}`,
      });
      const own = [`stacks/mwaa-analytics/${stack}.json`, `stacks/mwaa-analytics/${stack}.json.gz`];
      for (const key of own) {
        assert.ok(isAllowed(preview.policies, request("s3:GetObject", key)));
        assert.ok(!isAllowed(preview.policies, request("s3:PutObject", key)));
        assert.ok(isAllowed(up.policies, request("s3:PutObject", key)));
      }
      assert.ok(isAllowed(preview.policies, request("s3:GetObject", "meta.yaml")));
      assert.ok(!isAllowed(up.policies, request("s3:PutObject", "meta.yaml")));
      const lock = `locks/organization/mwaa-analytics/${stack}/1.json`;
      assert.ok(isAllowed(up.policies, request("s3:PutObject", lock)));
      assert.ok(!isAllowed(preview.policies, request("s3:PutObject", lock)));
      for (const key of ["stacks/mwaa-analytics/other.json", `stacks/mine/${stack}.json`]) {
        assert.ok(!isAllowed(up.policies, request("s3:GetObject", key)), key);
        assert.ok(!isAllowed(up.policies, request("s3:PutObject", key)), key);
      }
      assert.ok(isAllowed(preview.policies, { action: "kms:Decrypt", resource: KEY }));
      assert.ok(!isAllowed(preview.policies, { action: "kms:Encrypt", resource: KEY }));
    });

    it("reads none of the data", () => {
      const { dataBucketName } = read(stack).settings;
      const object = `arn:aws:s3:::${dataBucketName}/raw/ratings/ratings.csv`;
      for (const { policies } of [preview, up]) {
        assert.ok(!isAllowed(policies, { action: "s3:GetObject", resource: object }));
      }
    });

    it("lasts as long as its job may", () => {
      assert.equal(up.role.inputs.maxSessionDuration, UP_SECONDS);
      const workflow = fs.readFileSync(
        path.join(ROOT, ".github", "workflows", "up-stack.yml"),
        "utf8",
      );
      assert.match(workflow, new RegExp(`role-duration-seconds: ${UP_SECONDS}\\n`));
      assert.match(workflow, new RegExp(`timeout-minutes: ${UP_SECONDS / 60}\\n`));
    });
  });
}

describe("data of a stack", () => {
  it("goes with the stack only where its settings say so", async () => {
    for (const stack of STACKS) {
      const { settings } = read(stack);
      const { policies } = roleOf(await run(stack), "up");
      const deletes = isAllowed(policies, {
        action: "s3:DeleteObject",
        resource: `arn:aws:s3:::${settings.dataBucketName}/raw/ratings/ratings.csv`,
      });
      assert.equal(deletes, settings.forceDestroy, stack);
    }
  });
});

describe("the provider of GitHub's tokens", () => {
  const providers = ({ registrations }: Recording<unknown>) =>
    registrations.filter(({ type }) => type.includes("OpenIdConnectProvider"));

  it("is made once in an account, with the audience of AWS's action", async () => {
    const [provider, ...more] = providers(await run("dev"));
    assert.deepEqual(more, []);
    assert.equal(provider.inputs.url, "https://token.actions.githubusercontent.com");
    assert.deepEqual(provider.inputs.clientIdLists, ["sts.amazonaws.com"]);
  });

  it("is taken as it is where the account has it", async () => {
    const recorded = await run("prod", { ...CONFIG, providerArn: PROVIDER });
    assert.deepEqual(providers(recorded), []);
    assert.deepEqual(roleOf(recorded, "up").trust.Statement[0].Principal, { Federated: PROVIDER });
  });
});

describe("the account's permissions boundary", () => {
  const boundaries = ({ registrations }: Recording<unknown>) =>
    registrations
      .filter(({ type }) => type === "aws:iam/role:Role")
      .map(({ inputs }) => inputs.permissionsBoundary);

  it("is around both roles where there is one", async () => {
    const arn = `arn:aws:iam::${ACCOUNT}:policy/boundary`;
    const recorded = await run("dev", { ...CONFIG, permissionsBoundaryArn: arn });
    assert.deepEqual(boundaries(recorded), [arn, arn]);
    assert.deepEqual(boundaries(await run("dev")), [undefined, undefined]);
  });
});

describe("permissions", () => {
  const of = (
    change: (settings: ProgramStack["settings"]) => Partial<ProgramStack["settings"]>,
  ) => {
    const stack = read("dev");
    const { read: reads, write: writes } = permissions({
      program: { ...stack, settings: { ...stack.settings, ...change(stack.settings) } },
    });
    const all = (policies: typeof reads) => Object.values(policies).flat();
    return [
      ...all(reads).map((statement) => ({ ...statement, writes: false })),
      ...all(writes).map((statement) => ({ ...statement, writes: true })),
    ];
  };
  const actions = (statements: ReturnType<typeof of>, writes: boolean) =>
    statements.filter((s) => s.writes === writes).flatMap(({ Action }) => values(Action));

  it("pass an execution role that is there already, to MWAA alone, and none of the stack's own", () => {
    const executionRoleArn = `arn:aws:iam::${ACCOUNT}:role/team/airflow`;
    const policy = {
      Statement: of(({ environment }) => ({ environment: { ...environment, executionRoleArn } })),
    };
    const pass = (role: string, service: string) =>
      isAllowed([policy], {
        action: "iam:PassRole",
        resource: role,
        context: { "iam:PassedToService": service },
      });
    assert.ok(pass(executionRoleArn, "airflow.amazonaws.com"));
    assert.ok(pass(executionRoleArn, "airflow-env.amazonaws.com"));
    assert.ok(!pass(executionRoleArn, "lambda.amazonaws.com"));
    const own = `arn:aws:iam::${ACCOUNT}:role/${read("dev").settings.environment.name}-execution-1`;
    assert.ok(!pass(own, "airflow.amazonaws.com"));
  });

  it("are without a bucket of the state where the state is in Pulumi Cloud", () => {
    assert.doesNotMatch(JSON.stringify(of(() => ({}))), /\.pulumi/);
  });

  it("follow the kind of warehouse", () => {
    const common = { database: "dev", tableName: "movie_demo", readers: [] };
    const provisioned = of(() => ({
      redshift: { ...common, kind: "provisioned", nodeType: "ra3.large", numberOfNodes: 1 },
    }));
    assert.ok(actions(provisioned, true).includes("redshift:CreateCluster"));
    assert.ok(!actions(provisioned, true).includes("redshift-serverless:CreateWorkgroup"));
    const existing = of(() => ({
      redshift: { ...common, kind: "existing", clusterIdentifier: "theirs", dbUser: "me" },
    }));
    assert.ok(actions(existing, false).includes("redshift:DescribeClusters"));
    assert.deepEqual(
      actions(existing, true).filter((action) => action.startsWith("redshift")),
      [],
    );
  });

  for (const [kind, names] of [
    ["provisioned", {}],
    ["existing", { clusterIdentifier: "theirs", dbUser: "me" }],
    ["existing", { workgroupName: "theirs" }],
  ] as const) {
    it(`are all that a warehouse takes that is ${kind} ${JSON.stringify(names)}`, async () => {
      const { registrations, calls } = await record(() => program(), {
        stack: "dev",
        // Also where no pipeline that is left needs one: docs/your-own-pipeline.md.
        config: { ...stackConfig("dev"), services: ["redshift"], redshift: { kind, ...names } },
      });
      const { redshift } = readRedshift({ kind, ...names }, LOCATION.region);
      assert.ok(redshift);
      const statements = of(() => ({ redshift }));
      const may = (request: Request, ...writes: boolean[]) =>
        isAllowed(
          [{ Statement: statements.filter((one) => writes.includes(one.writes)) }],
          request,
        );
      const asked = [
        ...calls
          .filter(({ token }) => token.startsWith("aws:redshift"))
          .map(({ token, inputs }) => ({ reads: FUNCTIONS[token]?.(inputs) ?? [], writes: [] })),
        ...registrations
          .filter(({ type }) => type.startsWith("aws:redshift"))
          .map(({ type, inputs }) => CALLS[type]?.(inputs, "dev"))
          .map((one) => ({ reads: one?.read ?? [], writes: one?.write ?? [] })),
      ];
      assert.equal(asked.length, kind === "existing" ? 1 : 4);
      for (const { reads, writes } of asked) {
        assert.ok(reads.length > 0);
        assert.deepEqual(
          reads.filter((request) => !may(request, false)),
          [],
        );
        assert.deepEqual(
          writes.filter((request) => !may(request, false, true)),
          [],
        );
        assert.deepEqual(
          writes.filter((request) => may(request, false)),
          [],
        );
      }
    });
  }

  it("follow the choice of key", () => {
    const writes = (encryption: ProgramStack["settings"]["encryption"]) =>
      actions(
        of(() => ({ encryption })),
        true,
      ).filter((action) => action.startsWith("kms:"));
    assert.deepEqual(writes({ kind: "aws" }), []);
    assert.ok(writes({ kind: "own" }).includes("kms:CreateKey"));
    const existing = writes({ kind: "existing", keyArn: KEY });
    assert.ok(existing.includes("kms:CreateGrant"));
    assert.ok(!existing.includes("kms:ScheduleKeyDeletion"));
  });

  it("take a new key into use before its tags count, but neither another stack's nor for good", () => {
    const policy = { Statement: of(() => ({ encryption: { kind: "own" } })) };
    const may = (action: string, tags: Readonly<Record<string, string>>) =>
      isAllowed([policy], {
        action: `kms:${action}`,
        resource: `arn:aws:kms:us-east-1:${ACCOUNT}:key/1`,
        context: Object.fromEntries(
          Object.entries(tags).map(([tag, value]) => [`aws:ResourceTag/${tag}`, value]),
        ),
      });
    const own = { Project: "mwaa-analytics", Stack: "dev" };
    const use = ["DescribeKey", "EnableKeyRotation", "CreateAlias", "CreateGrant", "Decrypt"];
    const decide = ["PutKeyPolicy", "ScheduleKeyDeletion", "UntagResource", "DisableKeyRotation"];
    for (const action of [...use, ...decide]) {
      assert.ok(may(action, own), action);
      assert.ok(!may(action, { ...own, Stack: "prod" }), action);
      assert.ok(!may(action, { ...own, Project: "theirs" }), action);
      assert.equal(may(action, {}), use.includes(action), action);
    }
  });

  it("pass the rules on IAM whatever the settings are", () => {
    // All statements stand in one document here, which IAM would not take.
    const others = ["iam-pass-role", "iam-document-sizes"];
    const iam = rules.filter(([{ name }]) => name.startsWith("iam-") && !others.includes(name));
    const common = { database: "dev", tableName: "movie_demo", readers: [] };
    const redshift: ProgramStack["settings"]["redshift"][] = [
      { ...common, kind: "provisioned", nodeType: "ra3.large", numberOfNodes: 1 },
      { ...common, kind: "existing", clusterIdentifier: "theirs", dbUser: "me" },
      { ...common, kind: "existing", workgroupName: "theirs" },
    ];
    const encryption: ProgramStack["settings"]["encryption"][] = [
      { kind: "aws" },
      { kind: "own" },
      { kind: "existing", keyArn: KEY },
    ];
    for (const [index, warehouse] of redshift.entries()) {
      const statements = of(() => ({ redshift: warehouse, encryption: encryption[index] }));
      const policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
      const subject = resource("aws:iam/policy:Policy", "all", { policy });
      for (const [rule] of iam) {
        assert.deepEqual(evaluate(rule, [subject]).violations, [], rule.name);
      }
    }
  });

  it("put the environment's endpoints into the security groups that its settings name", () => {
    const policy = {
      Statement: of(({ network }) => ({ network: { ...network, securityGroupIds: ["sg-1"] } })),
    };
    const may = (action: string, group: string) =>
      isAllowed([policy], {
        action: `ec2:${action}`,
        resource: `arn:aws:ec2:us-east-1:${ACCOUNT}:security-group/${group}`,
        context: {},
      });
    assert.ok(may("CreateVpcEndpoint", "sg-1") && may("CreateNetworkInterface", "sg-1"));
    assert.ok(!may("CreateVpcEndpoint", "sg-2"));
    assert.ok(!may("AuthorizeSecurityGroupIngress", "sg-1") && !may("DeleteSecurityGroup", "sg-1"));
  });

  it("use a VPC that is there with what is named of it, and change none of that", () => {
    const existing = {
      ...{ vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] },
      ...{ securityGroupIds: ["sg-1"], routeTableIds: ["rtb-1"] },
    };
    const policy = {
      Statement: of(({ network }) => ({ network: { ...network, existing, vpcEndpoints: ["s3"] } })),
    };
    const may = (action: string, resource: string) =>
      isAllowed([policy], {
        action: `ec2:${action}`,
        resource: `arn:aws:ec2:us-east-1:${ACCOUNT}:${resource}`,
        context: {},
      });
    for (const resource of [
      ...["vpc/vpc-1", "subnet/subnet-2", "security-group/sg-1", "route-table/rtb-1"],
    ]) {
      assert.ok(may("CreateVpcEndpoint", resource), resource);
      const [type, id] = resource.split("/");
      assert.ok(!may("CreateVpcEndpoint", `${type}/${id}0`), resource);
    }
    for (const action of ["CreateSecurityGroup", "CreateSubnet", "CreateRouteTable"]) {
      assert.ok(may(action, "vpc/vpc-1") && !may(action, "vpc/vpc-2"), action);
    }
    for (const [action, resource] of [
      ["DeleteVpc", "vpc/vpc-1"],
      ["DeleteSubnet", "subnet/subnet-1"],
      ["AuthorizeSecurityGroupIngress", "security-group/sg-1"],
      ["CreateRoute", "route-table/rtb-1"],
    ]) {
      assert.ok(!may(action, resource), action);
    }
  });

  it("name a resource in each statement", () => {
    for (const { Sid, Resource } of of(() => ({}))) {
      assert.ok(values(Resource).length > 0, Sid);
    }
    // A program none of whose pipelines has a job: IAM refuses an empty list.
    const job = allow("ReadJob", ["glue:GetJob"], ["arn:aws:glue:us-east-1:123456789012:job/a"]);
    assert.deepEqual(withResources([job, { ...job, Sid: "None", Resource: [] }]), [job]);
  });

  it("leave a bucket alone that is there already", () => {
    const settings = read("dev").settings;
    const bucket = `arn:aws:s3:::${settings.airflowBucketName}`;
    const on = (create: boolean) =>
      of(() => ({ createAirflowBucket: create }))
        .filter(({ writes, Resource }) => writes && values(Resource).includes(bucket))
        .flatMap(({ Action }) => values(Action));
    assert.ok(on(true).includes("s3:DeleteBucket"));
    // The objects in it go with their versions.
    assert.deepEqual(on(false), ["s3:ListBucketVersions"]);
  });
});

describe("the stack that the roles are for", () => {
  const account = { partition: "aws", dnsSuffix: "amazonaws.com", accountId: ACCOUNT };

  it("is read as the program reads it", async () => {
    const { location, settings } = read("dev");
    assert.deepEqual(location, LOCATION);
    const config = { ...stackConfig("dev"), services: [...SERVICES] };
    const { result } = await record(() => program(), { stack: "dev", config });
    assert.equal(settings.environment.name, result.environmentName);
    assert.equal(settings.airflowBucketName, result.airflowBucketName);
    assert.equal(settings.dataBucketName, result.dataBucketName);
    assert.equal(settings.athenaWorkgroupName, result.athenaWorkgroupName);
  });

  it("has to be one of the program's", () =>
    assert.throws(() => readStack("nowhere", account), /no Pulumi\.nowhere\.yaml/));

  it("has to say its region, and to be right", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "stacks-"));
    const write = (text: string) => fs.writeFileSync(path.join(folder, "Pulumi.x.yaml"), text);
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: films\n");
    try {
      write("config:\n  films:minWorkers: 1\n");
      assert.throws(() => readStack("x", account, folder), /has no aws:region/);
      write("config:\n  aws:region: us-east-1\n  films:minWorker: 1\n");
      assert.throws(() => readStack("x", account, folder), /minWorker/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
