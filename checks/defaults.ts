/**
 * Default of every setting of the platform, in the shape of the stack's configuration. `Pulumi.yaml` declares
 * the same keys with the same defaults, types and descriptions. Those of pipelines are declared by them.
 *
 * An empty string means "not given", and 0 "as the environment class begins": Pulumi has no optional
 * key in a project's configuration schema.
 */
export const DEFAULTS = {
  pipelines: [],
  services: [],
  environmentName: "",
  airflowVersion: "3.2.1",
  environmentClass: "mw1.small",
  minWorkers: 1,
  maxWorkers: 1,
  minWebservers: 0,
  maxWebservers: 0,
  schedulers: 0,
  webserverAccessMode: "PRIVATE_ONLY",
  webserverIngress: {},
  weeklyMaintenanceWindowStart: "SUN:04:00",
  airflowLogLevels: { task: "INFO" },
  logRetentionDays: 30,
  airflowConfigurationOptions: {},
  pollIntervalSeconds: 30,
  executionRoleArn: "",
  executionRolePolicyArns: [],
  executionRoleStatements: [],
  airflowBucketName: "",
  createAirflowBucket: true,
  dataBucketName: "",
  oldVersionRetentionDays: 90,
  dags: "managed",
  dagS3Path: "dags",
  dagsFolder: "dags",
  dagsIgnore: [],
  requirementsFile: "dags/requirements.txt",
  pluginsFolder: "",
  startupScript: "",
  vpcCidr: "10.192.0.0/16",
  publicSubnetCidrs: ["10.192.10.0/24", "10.192.11.0/24"],
  privateSubnetCidrs: ["10.192.20.0/24", "10.192.21.0/24"],
  redshiftSubnetCidrs: ["10.192.30.0/24", "10.192.31.0/24", "10.192.32.0/24"],
  availabilityZones: [],
  natGateways: "OnePerAz",
  securityGroupIds: [],
  network: {},
  vpcEndpoints: [],
  redshift: { kind: "serverless" },
  athenaWorkgroupName: "",
  emr: {},
  expirationDays: {},
  notices: [],
  iam: {},
  variables: {},
  connections: {},
  airflowUserRoles: [],
  encryptionKey: "aws",
  forceDestroy: false,
  tags: {},
} as const;

/** Key of a setting of the platform. */
export type Key = keyof typeof DEFAULTS;
