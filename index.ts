import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { AirflowBucket } from "./components/airflowBucket";
import { AirflowEnvironment, logGroupPattern } from "./components/airflowEnvironment";
import { readAirflowFiles } from "./components/airflowFiles";
import { AirflowUserPolicies } from "./components/airflowUserPolicies";
import { Athena } from "./components/athena";
import { availabilityZones } from "./components/availabilityZones";
import { DataBucket } from "./components/dataBucket";
import { EMR_MANAGED_TAG, Emr, emrStatements } from "./components/emr";
import { encryptionKeyArn } from "./components/encryptionKey";
import { JobScripts, readJobScripts } from "./components/jobScripts";
import { lookUpLocation } from "./components/location";
import {
  MovielensPipeline,
  movielensLogPatterns,
  pipelineStatements,
} from "./components/movielensPipeline";
import { Network, flowLogGroupName } from "./components/network";
import {
  RedshiftTarget,
  auditLogPatterns,
  dataApiNames,
  redshiftTargetArgs,
} from "./components/redshiftTarget";
import { refuseTakenNames } from "./components/takenNames";
import { NOTEBOOK_PREFIXES } from "./components/notebookData";
import { Notebooks, notebookStatements, readNotebooks } from "./components/notebooks";
import { Notices, noticeStatements } from "./components/notices";
import { ExecutionRole, RedshiftCopyRole, executionRolePattern } from "./components/roles";
import {
  Variables,
  movieListVariables,
  movielensVariables,
  notebookVariables,
  variablesPrefix,
} from "./components/variables";
import { configuredKeys, readSettings } from "./settings";

/** Outputs of a stack. */
interface StackOutputs {
  /** Name of the MWAA environment. */
  readonly environmentName: pulumi.Output<string>;
  /** Address of Airflow's web interface. */
  readonly webserverUrl: pulumi.Output<string>;
  /** Bucket of DAGs, requirements and plugins. */
  readonly airflowBucketName: pulumi.Output<string>;
  /** Bucket of raw files and results. */
  readonly dataBucketName: pulumi.Output<string>;
  readonly vpcId: pulumi.Output<string>;
  /** Role that tasks work as. */
  readonly executionRoleArn: pulumi.Output<string>;
  /**
   * Policies that the role of executionRoleArn has to have, as JSON by name, and its trust policy. Each fits
   * a managed policy; a role's inline ones share 10,240 characters. Undefined where the stack makes the role.
   */
  readonly executionRolePolicies?: ExecutionRole["requiredPolicies"];
  /** Managed policies for users of Airflow's interface, by the role of Airflow's that they give. */
  readonly airflowUserPolicyArns: AirflowUserPolicies["arns"];
  /** Role that COPY reads S3 with. */
  readonly redshiftCopyRoleArn: pulumi.Output<string>;
  /** Workgroup or cluster, and its database. */
  readonly redshift: {
    readonly workgroupName?: pulumi.Output<string>;
    readonly clusterIdentifier?: pulumi.Output<string>;
    readonly database: string;
  };
  readonly athenaWorkgroupName: pulumi.Output<string>;
  readonly athenaDatabaseName: pulumi.Output<string>;
  /** The MovieLens pipeline's second half: what runs it, and the database of its results. */
  readonly movielens: {
    readonly stateMachineArn: pulumi.Output<string>;
    readonly jobName: pulumi.Output<string>;
    readonly databaseName: pulumi.Output<string>;
  };
  /** The notebook pipeline: folders of the tables, one a category, and of executed notebooks. */
  readonly notebook: {
    readonly bestSellersLocation: pulumi.Output<string>;
    readonly executedNotebooksLocation: pulumi.Output<string>;
  };
  /** Path of the Airflow Variables in the parameter store. */
  readonly variablesPrefix: string;
}

/**
 * The program of every stack. Exported as a function, so that it can run more than once in a
 * process.
 *
 * @throws {SettingsError} before anything is registered, when a setting is wrong
 */
async function program(): Promise<StackOutputs> {
  const project = pulumi.getProject();
  const stack = pulumi.getStack();
  const location = await lookUpLocation();
  const settings = readSettings(
    new pulumi.Config(project),
    configuredKeys(project, pulumi.runtime.allConfig()),
    { project, stack, accountId: location.accountId, region: location.region },
  );
  const files = readAirflowFiles({
    root: __dirname,
    airflowVersion: settings.environment.airflowVersion,
    webserverAccessMode: settings.environment.webserverAccessMode,
    ...settings.files,
  });
  const jobs = readJobScripts(path.join(__dirname, "jobs"));
  const notebookFiles = readNotebooks(path.join(__dirname, "notebooks"));
  const { forceDestroy, iam, logRetentionDays } = settings;
  const environmentName = settings.environment.name;
  const tags = { Project: project, Stack: stack, Environment: environmentName, ...settings.tags };
  const ownTags = { Project: tags.Project, Stack: tags.Stack };
  await refuseTakenNames({
    location,
    owners: [ownTags, { Project: project, Stack: stack }],
    environmentName,
    athenaDatabaseName: settings.athenaDatabaseName,
    athenaWorkgroupName: settings.athenaWorkgroupName,
    movielens: settings.movielens,
  });
  const zones = await availabilityZones({
    location,
    configured: settings.network.availabilityZones,
    ownTags,
    subnetCidrs: [
      settings.network.privateSubnetCidrs,
      settings.network.publicSubnetCidrs,
      settings.network.redshiftSubnetCidrs,
    ],
    instanceTypes: [settings.emr.masterInstanceType, settings.emr.coreInstanceType],
    endpointServices: ["elasticmapreduce"],
  });
  const kmsKeyArn = encryptionKeyArn("key", settings.encryption, {
    location,
    environmentName,
    logGroupNames: [
      logGroupPattern(environmentName),
      flowLogGroupName(environmentName),
      ...auditLogPatterns(environmentName),
      ...movielensLogPatterns(environmentName, settings.movielens, iam),
    ],
    forceDestroy,
    tags,
  });
  const common = {
    location,
    environmentName,
    kmsKeyArn,
    logRetentionDays,
    forceDestroy,
    iam,
    tags,
  };

  const network = new Network("network", {
    ...common,
    ...settings.network,
    availabilityZones: zones,
    privateSubnetTags: EMR_MANAGED_TAG,
  });
  const airflowBucket = new AirflowBucket("airflow", {
    ...common,
    bucketName: settings.airflowBucketName,
    create: settings.createAirflowBucket,
    oldVersionRetentionDays: settings.oldVersionRetentionDays,
    dagS3Path: settings.files.dagS3Path,
    files,
  });
  const dataBucket = new DataBucket("data", {
    ...common,
    bucketName: settings.dataBucketName,
    oldVersionRetentionDays: settings.oldVersionRetentionDays,
  });
  const copyRole = new RedshiftCopyRole("redshift-copy", {
    ...common,
    dataBucketName: settings.dataBucketName,
  });
  const redshift = new RedshiftTarget(
    "redshift",
    redshiftTargetArgs(settings.redshift, {
      ...common,
      vpcId: network.vpcId,
      subnetCidrs: settings.network.redshiftSubnetCidrs,
      availabilityZones: zones,
      copyRoleArn: copyRole.arn,
    }),
  );
  const athena = new Athena("athena", {
    ...common,
    accountId: location.accountId,
    workgroupName: settings.athenaWorkgroupName,
    databaseName: settings.athenaDatabaseName,
    dataBucketName: dataBucket.bucketName,
  });
  const jobScripts = new JobScripts(
    "jobs",
    { bucketName: airflowBucket.bucketName, files: jobs },
    { dependsOn: airflowBucket },
  );
  const buckets = {
    airflowBucketName: settings.airflowBucketName,
    dataBucketName: settings.dataBucketName,
  };
  const emr = new Emr("emr", {
    ...common,
    ...buckets,
    emr: settings.emr,
    notebook: settings.notebook,
    vpcId: network.vpcId,
    subnetIds: network.privateSubnetIds,
    endpointSecurityGroupId: network.endpointSecurityGroupId,
  });
  const movielens = new MovielensPipeline("movielens", {
    ...common,
    ...buckets,
    names: settings.movielens,
    glue: settings.glue,
    jobScript: jobScripts.uri("glue/movielens_transform.py"),
  });
  const notebooks = new Notebooks(
    "notebooks",
    {
      ...common,
      airflowBucketName: airflowBucket.bucketName,
      dataBucketName: settings.dataBucketName,
      files: notebookFiles,
      notebook: settings.notebook,
      vpcId: network.vpcId,
    },
    { dependsOn: airflowBucket },
  );
  const movielensStatements = pulumi
    .all([emr.serviceRoleArn, emr.ec2RoleArn])
    .apply(([serviceRoleArn, ec2RoleArn]) => [
      ...emrStatements({ location, environmentName, serviceRoleArn, ec2RoleArn }),
      ...pipelineStatements({ location, ...buckets, names: settings.movielens }),
    ]);
  const notebookCalls = pulumi
    .all([notebooks.serviceRoleArn, kmsKeyArn])
    .apply(([serviceRoleArn, keyArn]) => [
      ...notebookStatements({
        location,
        environmentName,
        serviceRoleArn,
        dataBucketName: settings.dataBucketName,
        notebook: settings.notebook,
      }),
      ...noticeStatements(location, environmentName, keyArn),
    ]);
  const executionRole = new ExecutionRole("execution", {
    ...common,
    airflowBucketName: settings.airflowBucketName,
    variablesPrefix: variablesPrefix(environmentName),
    dataBucketName: settings.dataBucketName,
    athenaWorkgroupName: settings.athenaWorkgroupName,
    athenaDatabaseName: settings.athenaDatabaseName,
    redshift: redshift.dataApi,
    redshiftDatabase: redshift.database,
    movielensSource: settings.movielensSource,
    pipelines: {
      movielens: movielensStatements,
      notebook: notebookCalls,
    },
    existingRoleArn: settings.environment.executionRoleArn,
  });
  const notices = new Notices("notices", {
    ...common,
    subscriptions: settings.notices,
    publisherArn:
      settings.environment.executionRoleArn ?? executionRolePattern(location, environmentName, iam),
  });
  const airflowUsers = new AirflowUserPolicies("airflow-users", {
    ...common,
    roles: settings.airflowUserRoles,
  });
  const variables = new Variables("variables", {
    airflowBucketName: airflowBucket.bucketName,
    prefix: variablesPrefix(environmentName),
    values: {
      ...movieListVariables({
        dataBucketName: dataBucket.bucketName,
        movielensSource: settings.movielensSource,
        athenaDatabaseName: athena.databaseName,
        athenaWorkgroupName: athena.workgroupName,
        redshift: redshift.dataApi,
        redshiftDatabase: redshift.database,
        redshiftTableName: settings.redshift.tableName,
        redshiftCopyRoleArn: copyRole.arn,
      }),
      ...movielensVariables({
        parametersPath: movielens.parametersPath,
        jobFlow: emr.jobFlow,
      }),
      ...notebookVariables({
        location,
        subnetIds: network.privateSubnetIds,
        dataBucketName: dataBucket.bucketName,
        notebook: settings.notebook,
        jobFlow: emr.notebookJobFlow,
        execution: notebooks.execution,
        topicArn: notices.topicArn,
      }),
    },
    tags,
  });
  const environment = new AirflowEnvironment("airflow", {
    ...common,
    ...settings.environment,
    variablesPrefix: variables.prefix,
    movieListSchedule: settings.movieListSchedule,
    pollIntervalSeconds: settings.pollIntervalSeconds,
    notebookSchedule: settings.notebook.schedule,
    executionRoleArn: executionRole.arn,
    bucketArn: airflowBucket.arn,
    dagS3Path: settings.files.dagS3Path,
    requirements: airflowBucket.requirements,
    plugins: airflowBucket.plugins,
    startupScript: airflowBucket.startupScript,
    subnetIds: network.privateSubnetIds,
    securityGroupId: network.securityGroupId,
    needs: [
      network,
      network.routes,
      airflowBucket,
      executionRole,
      variables,
      jobScripts,
      emr,
      movielens,
      notebooks,
      notices,
    ],
  });

  return {
    environmentName: environment.environmentName,
    webserverUrl: environment.webserverUrl,
    airflowBucketName: airflowBucket.bucketName,
    dataBucketName: dataBucket.bucketName,
    vpcId: network.vpcId,
    executionRoleArn: executionRole.arn,
    ...(executionRole.requiredPolicies === undefined
      ? {}
      : { executionRolePolicies: executionRole.requiredPolicies }),
    airflowUserPolicyArns: airflowUsers.arns,
    redshiftCopyRoleArn: copyRole.arn,
    redshift: { ...dataApiNames(redshift.dataApi), database: redshift.database },
    athenaWorkgroupName: athena.workgroupName,
    athenaDatabaseName: athena.databaseName,
    movielens: {
      stateMachineArn: movielens.stateMachineArn,
      jobName: movielens.jobName,
      databaseName: movielens.databaseName,
    },
    notebook: {
      bestSellersLocation: pulumi.interpolate`s3://${dataBucket.bucketName}/${NOTEBOOK_PREFIXES.results}best_sellers/`,
      executedNotebooksLocation: pulumi.interpolate`s3://${dataBucket.bucketName}/${NOTEBOOK_PREFIXES.executed}`,
    },
    variablesPrefix: variables.prefix,
  };
}

export = program;
