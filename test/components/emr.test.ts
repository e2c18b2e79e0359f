import assert from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import type { EmrSettings } from "../../checks/emr";
import { type EmrCallerPermissions, emrStatements } from "../../components/emr/callers";
import { Emr, type EmrArgs } from "../../components/emr/emr";
import { type JobFlowArgs, jobFlow } from "../../components/emr/jobFlow";
import { type Ec2Permissions, ec2Policy } from "../../components/emr/nodes";
import { securityConfiguration } from "../../components/emr/securityConfiguration";
import { servicePolicy } from "../../components/emr/servicePolicy";
import { type PolicyDocument, policyDocument } from "../../components/policyDocument";
import { ofType, only, record } from "../mocks";
import { LOCATION, allowedActions, assertLeastPrivilege, document, statement } from "../policies";
import { mandatoryFindings } from "./packFindings";

const ROOT = path.join(__dirname, "..", "..");
const KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";
const CERTIFICATES = "s3://certificates/emr/nodes.zip";
const SETTINGS: EmrSettings = {
  releaseLabel: "emr-7.13.0",
  masterInstanceType: "m5.xlarge",
  coreInstanceType: "m5.2xlarge",
  coreInstanceCount: 2,
  coreMarket: "ON_DEMAND",
  idleTimeoutSeconds: 7200,
};
const ARGS: EmrArgs = {
  location: LOCATION,
  environmentName: "mwaa-test",
  vpcId: "vpc-0123456789abcdef0",
  subnetIds: ["subnet-0123456789abcdef0", "subnet-1123456789abcdef0"],
  endpointSecurityGroupId: "sg-0123456789abcdef0",
  airflowBucketName: "airflow-mwaa-test",
  dataBucketName: "airflow-mwaa-test-data",
  emr: SETTINGS,
  nodes: {
    "emr-ec2": { reads: ["raw/"], writes: ["output/", "rejected/"] },
    "emr-other": { reads: [], writes: ["reviews/"] },
  },
  tags: { Project: "p", Stack: "test", Environment: "mwaa-test" },
};
const MANAGED_TAG = "for-use-with-amazon-emr-managed-policies";
const DATA = "arn:aws:s3:::airflow-mwaa-test-data";

const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const ROLE = "aws:iam/role:Role";
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";

const emr = (args: Partial<EmrArgs> = {}) =>
  record(() => {
    const made = new Emr("emr", { ...ARGS, ...args });
    const { serviceRoleArn, securityConfigurationName, nodes, statements } = made;
    const request = made
      .jobFlow({ nodes: "emr-ec2", stepConcurrency: 3 })
      .apply((flow) => JSON.stringify(flow));
    return { request, serviceRoleArn, nodes, securityConfigurationName, statements };
  });

/** A rule in short: from or to whom, protocol, ports. */
const rule = ({ inputs }: { inputs: Record<string, unknown> }): unknown[] => [
  inputs.securityGroupId,
  inputs.referencedSecurityGroupId ?? inputs.cidrIpv4,
  inputs.ipProtocol,
  inputs.fromPort,
  inputs.toPort,
];

describe("Emr", () => {
  it("gives the nodes a profile of their role's name: EMR finds no other", async () => {
    const recording = await emr();
    for (const purpose of ["emr-ec2", "emr-other"]) {
      const profile = only(recording, "aws:iam/instanceProfile:InstanceProfile", purpose);
      assert.match(String(profile.inputs.role), new RegExp(`^mwaa-test-${purpose}-`));
      assert.strictEqual(profile.inputs.name, profile.inputs.role);
      assert.strictEqual(recording.result.nodes[purpose].instanceProfileName, profile.inputs.role);
    }
  });

  it("gives the nodes of each pipeline its own prefixes, and no other's", async () => {
    const recording = await emr();
    const policy = (purpose: string) => String(only(recording, ROLE_POLICY, purpose).inputs.policy);
    assert.ok(policy("emr-ec2").includes("output/") && !policy("emr-ec2").includes("reviews/"));
    assert.ok(policy("emr-other").includes("reviews/") && !policy("emr-other").includes("output/"));
  });

  it("refuses a request for nodes that no pipeline has planned", async () => {
    const refused = record(() => new Emr("emr", ARGS).jobFlow({ nodes: "emr-third" }));
    await assert.rejects(refused, /no nodes emr-third; there are: emr-ec2, emr-other/);
  });

  it("keeps the account's default roles out of it", async () => {
    const names = ofType(await emr(), ROLE).map(({ inputs }) => inputs.namePrefix);
    assert.deepStrictEqual(names.sort(), [
      "mwaa-test-emr-",
      "mwaa-test-emr-ec2-",
      "mwaa-test-emr-other-",
    ]);
  });

  it("lets EMR work for this account's clusters only, by its scoped policy", async () => {
    const recording = await emr();
    const service = only(recording, ROLE, "emr-service");
    const trust = statement(document(service.inputs.assumeRolePolicy), "AssumedByService");
    assert.deepStrictEqual(trust.Principal, { Service: ["elasticmapreduce.amazonaws.com"] });
    assert.deepStrictEqual(trust.Condition, {
      StringEquals: { "aws:SourceAccount": "123456789012" },
    });
    assert.strictEqual(
      only(recording, "aws:iam/rolePolicyAttachment:RolePolicyAttachment").inputs.policyArn,
      "arn:aws:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2",
    );
  });

  it("passes on the nodes' roles, which the scoped policy does not know", async () => {
    const recording = await emr();
    const policy = document(only(recording, ROLE_POLICY, "emr-service").inputs.policy);
    assert.deepStrictEqual(statement(policy, "PassRoleToNodes"), {
      Sid: "PassRoleToNodes",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: ["emr-ec2", "emr-other"].map((purpose) => recording.result.nodes[purpose].roleArn),
      Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
    });
  });

  it("brings three groups that EMR may manage, none with rules inline", async () => {
    const groups = ofType(await emr(), GROUP);
    assert.deepStrictEqual(groups.map(({ name }) => name).sort(), [
      "emr-core",
      "emr-master",
      "emr-service-access",
    ]);
    for (const { inputs } of groups) {
      assert.strictEqual((inputs.tags as Record<string, string>)[MANAGED_TAG], "true");
      assert.strictEqual(inputs.vpcId, "vpc-0123456789abcdef0");
      assert.strictEqual(inputs.revokeRulesOnDelete, true);
      assert.ok(!("ingress" in inputs) && !("egress" in inputs));
    }
  });

  it("writes the rules that EMR leaves to whoever brings groups, and no other", async () => {
    const recording = await emr();
    assert.deepStrictEqual(ofType(recording, INGRESS).map(rule).sort(), [
      ["emr-service-access-id", "emr-master-id", "tcp", 9443, 9443],
      ["sg-0123456789abcdef0", "emr-core-id", "tcp", 443, 443],
      ["sg-0123456789abcdef0", "emr-master-id", "tcp", 443, 443],
    ]);
    assert.deepStrictEqual(ofType(recording, EGRESS).map(rule).sort(), [
      ["emr-core-id", "0.0.0.0/0", "-1", undefined, undefined],
      ["emr-master-id", "0.0.0.0/0", "-1", undefined, undefined],
      ["emr-service-access-id", "emr-core-id", "tcp", 8443, 8443],
      ["emr-service-access-id", "emr-master-id", "tcp", 8443, 8443],
    ]);
  });

  it("gives out a request that names what it made", async () => {
    const { result } = await emr({ kmsKeyArn: KEY });
    const request = JSON.parse(result.request) as Record<string, unknown>;
    assert.strictEqual(request.JobFlowRole, result.nodes["emr-ec2"].instanceProfileName);
    assert.strictEqual(request.ServiceRole, result.serviceRoleArn);
    assert.strictEqual(request.SecurityConfiguration, result.securityConfigurationName);
    assert.strictEqual(request.LogEncryptionKmsKeyId, KEY);
    const instances = request.Instances as Record<string, unknown>;
    assert.deepStrictEqual(
      [
        instances.Ec2SubnetIds,
        instances.EmrManagedMasterSecurityGroup,
        instances.EmrManagedSlaveSecurityGroup,
        instances.ServiceAccessSecurityGroup,
      ],
      [ARGS.subnetIds, "emr-master-id", "emr-core-id", "emr-service-access-id"],
    );
  });

  it("satisfies the policy pack with a key and certificates", async () => {
    const recording = await emr({
      kmsKeyArn: KEY,
      emr: { ...SETTINGS, coreMarket: "SPOT", certificateObject: CERTIFICATES },
    });
    assert.deepStrictEqual(mandatoryFindings(recording), []);
  });

  it("without a key falls short of the encryption of disks alone", async () => {
    assert.deepStrictEqual(mandatoryFindings(await emr()), [
      "emr-ebs-encryption: emr-security",
      "emr-encryption-at-rest: emr-security",
    ]);
  });

  it("parents all that it makes", async () => {
    const recording = await emr();
    const component = only(recording, "mwaa:emr:Emr");
    for (const child of recording.registrations.filter(({ urn }) => urn !== component.urn)) {
      assert.strictEqual(child.parent, component.urn, child.urn);
    }
  });
});

const REQUEST: JobFlowArgs = {
  ...ARGS,
  kmsKeyArn: undefined,
  subnetIds: ["subnet-0123456789abcdef0", "subnet-1123456789abcdef0"],
  serviceRoleArn: "arn:aws:iam::123456789012:role/emr",
  instanceProfileName: "emr-ec2",
  stepConcurrency: 3,
  securityConfigurationName: "security",
  masterGroupId: "sg-0123456789abcdef0",
  coreGroupId: "sg-1123456789abcdef0",
  serviceAccessGroupId: "sg-2123456789abcdef0",
};

describe("jobFlow", () => {
  const instances = (emrSettings: Partial<EmrSettings> = {}) =>
    jobFlow({ ...REQUEST, emr: { ...SETTINGS, ...emrSettings } }).Instances;

  it("asks for one primary node on demand, and for core nodes as the stack wants them", () => {
    const primary = {
      Name: "Primary",
      InstanceFleetType: "MASTER",
      TargetOnDemandCapacity: 1,
      InstanceTypeConfigs: [{ InstanceType: "m5.xlarge" }],
    };
    const core = {
      Name: "Core",
      InstanceFleetType: "CORE",
      InstanceTypeConfigs: [{ InstanceType: "m5.2xlarge" }],
    };
    assert.deepStrictEqual(instances().InstanceFleets, [
      primary,
      { ...core, TargetOnDemandCapacity: 2 },
    ]);
    const spot = instances({ coreMarket: "SPOT", coreInstanceCount: 7 }).InstanceFleets;
    assert.deepStrictEqual(spot, [
      primary,
      {
        ...core,
        TargetSpotCapacity: 7,
        LaunchSpecifications: {
          SpotSpecification: {
            TimeoutDurationMinutes: 20,
            TimeoutAction: "SWITCH_TO_ON_DEMAND",
            AllocationStrategy: "capacity-optimized",
          },
        },
      },
    ]);
  });

  it("lets EMR choose among the subnets, which only fleets may", () => {
    const { Ec2SubnetIds, ...others } = instances();
    assert.deepStrictEqual(Ec2SubnetIds, REQUEST.subnetIds);
    assert.ok(!("Ec2SubnetId" in others) && !("InstanceGroups" in others));
  });

  it("gives up on spot instances while the DAGs still wait for the cluster", () => {
    const [, core] = instances({ coreMarket: "SPOT" }).InstanceFleets;
    const { TimeoutDurationMinutes } = (
      core as { LaunchSpecifications: { SpotSpecification: { TimeoutDurationMinutes: number } } }
    ).LaunchSpecifications.SpotSpecification;
    const module = fs.readFileSync(path.join(ROOT, "dags/mwaalib/run_cluster.py"), "utf8");
    const [, minutes] = /^CLUSTER_SECONDS = (\d+) \* 60$/m.exec(module) ?? [];
    // As long again for on-demand instances to come up.
    assert.ok(2 * TimeoutDurationMinutes <= Number(minutes));
  });

  it("leaves name and steps to the DAG", () => {
    const request = jobFlow(REQUEST);
    assert.ok(!("Name" in request) && !("Steps" in request));
  });

  it("ends idle clusters, however long the stack lets them idle", () => {
    const emrSettings = { ...SETTINGS, idleTimeoutSeconds: 60 };
    assert.deepStrictEqual(jobFlow({ ...REQUEST, emr: emrSettings }).AutoTerminationPolicy, {
      IdleTimeout: 60,
    });
  });

  it("runs as many steps at once as the pipeline wants, by Python 3.11", () => {
    const request = jobFlow(REQUEST);
    assert.strictEqual(request.StepConcurrencyLevel, 3);
    const plain = jobFlow({ ...REQUEST, stepConcurrency: undefined });
    assert.ok(!("StepConcurrencyLevel" in plain));
    assert.deepStrictEqual(request.Configurations, [
      {
        Classification: "spark-defaults",
        Properties: { "spark.pyspark.python": "python3.11" },
      },
    ]);
  });

  it("marks clusters as the environment's own and as EMR's to manage", () => {
    const tags = jobFlow({ ...REQUEST, tags: { Team: "data", Environment: "another" } }).Tags;
    assert.deepStrictEqual(tags, [
      { Key: "Team", Value: "data" },
      { Key: "Environment", Value: "mwaa-test" },
      { Key: MANAGED_TAG, Value: "true" },
    ]);
  });

  it("keeps logs in the data bucket, by the stack's key when there is one", () => {
    const plain = jobFlow(REQUEST);
    assert.strictEqual(plain.LogUri, "s3://airflow-mwaa-test-data/emr-logs/");
    assert.ok(!("LogEncryptionKmsKeyId" in plain));
    assert.strictEqual(jobFlow({ ...REQUEST, kmsKeyArn: KEY }).LogEncryptionKmsKeyId, KEY);
  });
});

describe("securityConfiguration", () => {
  const encryption = (args: Parameters<typeof securityConfiguration>[0]) =>
    securityConfiguration(args).EncryptionConfiguration as Record<string, unknown>;

  it("encrypts S3 by S3's own key, and nothing in transit, where the stack has neither", () => {
    assert.deepStrictEqual(encryption({}), {
      EnableAtRestEncryption: true,
      AtRestEncryptionConfiguration: { S3EncryptionConfiguration: { EncryptionMode: "SSE-S3" } },
      EnableInTransitEncryption: false,
    });
  });

  it("encrypts S3 and all disks by the stack's key, and traffic by its certificates", () => {
    assert.deepStrictEqual(encryption({ kmsKeyArn: KEY, certificateObject: CERTIFICATES }), {
      EnableAtRestEncryption: true,
      AtRestEncryptionConfiguration: {
        S3EncryptionConfiguration: { EncryptionMode: "SSE-KMS", AwsKmsKey: KEY },
        LocalDiskEncryptionConfiguration: {
          EncryptionKeyProviderType: "AwsKms",
          AwsKmsKey: KEY,
          EnableEbsEncryption: true,
        },
      },
      EnableInTransitEncryption: true,
      InTransitEncryptionConfiguration: {
        TLSCertificateConfiguration: { CertificateProviderType: "PEM", S3Object: CERTIFICATES },
      },
    });
  });

  it("has nodes ask for their credentials by IMDSv2", () => {
    const metadata = securityConfiguration({}).InstanceMetadataServiceConfiguration;
    assert.deepStrictEqual(metadata, {
      MinimumInstanceMetadataServiceVersion: 2,
      HttpPutResponseHopLimit: 1,
    });
  });
});

describe("ec2Policy", () => {
  const PERMISSIONS: Ec2Permissions = {
    ...ARGS,
    reads: ["raw/"],
    writes: ["output/", "rejected/"],
    kmsKeyArn: KEY,
    certificateObject: CERTIFICATES,
  };

  it("allows actions that exist, each on resources of its own", () =>
    assertLeastPrivilege(ec2Policy(PERMISSIONS)));

  /** Objects that an action is allowed on. */
  const allowedOn = (action: string, policy: PolicyDocument): string[] =>
    policy.Statement.filter(({ Action }) => [Action].flat().includes(action)).flatMap(
      ({ Resource }) => Resource ?? [],
    );

  it("replaces outputs and rejected lines; raw files, scripts and certificates it reads only", () => {
    const policy = ec2Policy(PERMISSIONS);
    const folders = ["output", "rejected"];
    const outputs = [
      ...folders.map((folder) => `${DATA}/${folder}/*`),
      ...folders.map((folder) => `${DATA}/${folder}_$folder$`),
    ];
    assert.deepStrictEqual(allowedOn("s3:DeleteObject", policy), outputs);
    assert.deepStrictEqual(allowedOn("s3:PutObject", policy), [...outputs, `${DATA}/emr-logs/*`]);
    assert.deepStrictEqual(allowedOn("s3:GetObject", policy), [
      "arn:aws:s3:::airflow-mwaa-test/jobs/*",
      `${DATA}/raw/*`,
      ...outputs,
      ...folders.map((folder) => `${DATA}/${folder}`),
      "arn:aws:s3:::certificates/emr/nodes.zip",
    ]);
  });

  it("lists its own folders only", () => {
    const { Condition } = statement(ec2Policy(PERMISSIONS), "ListData");
    const prefixes = Condition?.StringLike["s3:prefix"];
    assert.deepStrictEqual(prefixes, [
      ...["raw/*", "raw", "raw_$folder$"],
      ...["output/*", "output", "output_$folder$"],
      ...["rejected/*", "rejected", "rejected_$folder$"],
    ]);
  });

  it("has no key and no certificates where the stack has none", () => {
    const policy = ec2Policy({
      ...PERMISSIONS,
      kmsKeyArn: undefined,
      certificateObject: undefined,
    });
    assert.ok(!allowedActions(policy).some((action) => action.startsWith("kms:")));
    assert.ok(!policy.Statement.some(({ Sid }) => Sid === "ReadCertificates"));
  });
});

describe("servicePolicy", () => {
  const PERMISSIONS = {
    location: LOCATION,
    nodeRoleArns: ["arn:aws:iam::123456789012:role/emr-ec2"],
    coreMarket: "SPOT",
    kmsKeyArn: KEY,
  } as const;

  it("allows actions that exist, each on resources of its own", () =>
    assertLeastPrivilege(servicePolicy(PERMISSIONS)));

  it("grants the key to volumes of AWS's services only", () => {
    const grant = statement(servicePolicy(PERMISSIONS), "GrantKeyToVolumes");
    assert.deepStrictEqual(grant.Condition, { Bool: { "kms:GrantIsForAWSResource": "true" } });
  });

  it("makes the role of spot instances only where there are any", () => {
    const sids = servicePolicy({ ...PERMISSIONS, coreMarket: "ON_DEMAND" }).Statement.map(
      ({ Sid }) => Sid,
    );
    assert.ok(!sids.includes("CreateServiceLinkedRoleOfEC2Spot"));
    assert.strictEqual(
      statement(servicePolicy(PERMISSIONS), "CreateServiceLinkedRoleOfEC2Spot").Resource,
      "arn:aws:iam::123456789012:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot",
    );
  });
});

describe("emrStatements", () => {
  const PERMISSIONS: EmrCallerPermissions = {
    location: LOCATION,
    environmentName: "mwaa-test",
    serviceRoleArn: "arn:aws:iam::123456789012:role/emr",
    nodeRoleArns: ["arn:aws:iam::123456789012:role/emr-ec2"],
  };
  const policy = policyDocument(...emrStatements(PERMISSIONS));

  it("allows actions that exist, each on resources of its own", () => assertLeastPrivilege(policy));

  it("makes and tags clusters with the tags of the request only", () => {
    const requests = jobFlow({
      ...ARGS,
      kmsKeyArn: undefined,
      subnetIds: [],
      serviceRoleArn: "",
      instanceProfileName: "",
      securityConfigurationName: "",
      masterGroupId: "",
      coreGroupId: "",
      serviceAccessGroupId: "",
    }).Tags as { Key: string; Value: string }[];
    const sent = new Map(requests.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value]));
    for (const sid of ["CreateClusters", "TagClusters"]) {
      const wanted = Object.entries(statement(policy, sid).Condition?.StringEquals ?? {});
      assert.strictEqual(wanted.length, 2);
      for (const [key, value] of wanted) {
        assert.strictEqual(sent.get(key), value, key);
      }
    }
  });

  it("may have what the requests contain: a policy of idle clusters, tags, roles", () => {
    // https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-auto-termination-policy.html
    const wanted: Readonly<Record<string, string>> = {
      AutoTerminationPolicy: "elasticmapreduce:PutAutoTerminationPolicy",
      Tags: "elasticmapreduce:AddTags",
      ServiceRole: "iam:PassRole",
      JobFlowRole: "iam:PassRole",
    };
    const request = jobFlow(REQUEST);
    for (const [member, action] of Object.entries(wanted)) {
      assert.ok(member in request, member);
      assert.ok(allowedActions(policy).includes(action), action);
    }
  });

  it("sets the policy of no cluster that has another owner's tag", () => {
    assert.deepStrictEqual(statement(policy, "EndIdleClusters").Condition, {
      StringEqualsIfExists: { "elasticmapreduce:ResourceTag/Environment": "mwaa-test" },
    });
  });

  it("uses and ends no cluster of another environment", () => {
    const { Action, Condition } = statement(policy, "UseClusters");
    assert.ok([Action].flat().includes("elasticmapreduce:TerminateJobFlows"));
    assert.deepStrictEqual(Condition, {
      StringEquals: { "elasticmapreduce:ResourceTag/Environment": "mwaa-test" },
    });
  });

  it("passes each role to its own service only", () => {
    const passed = ["PassEmrServiceRole", "PassEmrEc2Role"].map((sid) => {
      const { Resource, Condition } = statement(policy, sid);
      return [Resource, Condition?.StringEquals["iam:PassedToService"]];
    });
    assert.deepStrictEqual(passed, [
      [PERMISSIONS.serviceRoleArn, "elasticmapreduce.amazonaws.com"],
      [PERMISSIONS.nodeRoleArns, "ec2.amazonaws.com"],
    ]);
  });

  it("names services and ARNs as the partition does", () => {
    const location = { ...LOCATION, partition: "aws-cn", dnsSuffix: "amazonaws.com.cn" };
    const text = JSON.stringify([
      emrStatements({ ...PERMISSIONS, location, serviceRoleArn: "s", nodeRoleArns: ["e"] }),
      ec2Policy({
        ...ARGS,
        reads: ["raw/"],
        writes: ["output/"],
        location,
        kmsKeyArn: KEY.replace("aws", "aws-cn"),
      }),
    ]);
    assert.ok(!text.includes("arn:aws:"));
    assert.ok(!/amazonaws\.com(?!\.cn)/.test(text));
  });
});
