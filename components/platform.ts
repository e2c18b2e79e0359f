import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import { type PipelineAdditions, additionsOf } from "./airflowAdditions";
import { AirflowBucket } from "./airflowBucket";
import { type AirflowFiles, readAirflowFiles } from "./airflowFiles";
import type { LocalFile } from "./localFiles";
import { Athena } from "./athena";
import { DataBucket } from "./dataBucket";
import { Emr } from "./emr/emr";
import { EMR_LOGS_PREFIX } from "./emr/jobFlow";
import { encryptionKeyArn } from "./encryptionKey";
import { executionRolePattern } from "./executionRole";
import { JobScripts, readJobScripts } from "./jobScripts";
import type { Location } from "./location";
import type { ExistingNetwork } from "./existingNetwork";
import type { Network } from "./network";
import { Notices } from "./notices";
import {
  type NodesPlan,
  type PipelinePlan,
  type Prefix,
  type Service,
  type StackContext,
  prefixesOf,
} from "./plan";
import type { Statement } from "./policyDocument";
import type { ExpiringPrefix } from "./protectedBucket";
import { redshiftVariables } from "./redshiftAccess";
import { RedshiftCopyRole } from "./redshiftCopyRole";
import { type DataApiTarget, RedshiftTarget, redshiftTargetArgs } from "./redshiftTarget";
import type { GrantingService } from "./rolePolicies";
import { type Planned, logGroupsOf, servicesOf } from "./stackContext";
import { type FoundPlace, createNetwork, findPlace } from "./stackNetwork";
import { refuseTakenBuckets } from "./takenBuckets";
import { refuseTakenNames } from "./takenNames";

/** What a platform is made for. */
export interface PlatformArgs {
  readonly context: StackContext;
  readonly settings: Settings;
  /** What the listed pipelines need, and what they have to say beforehand. */
  readonly pipelines: readonly (Planned & { readonly name: string } & PipelineAdditions)[];
  /** Files of pipelines that are not listed, which are not uploaded. */
  readonly omitted: { readonly dags: readonly string[]; readonly jobs: readonly string[] };
}

/** What all components of a stack are given. */
interface Common {
  readonly location: Location;
  readonly environmentName: string;
  readonly kmsKeyArn?: pulumi.Output<string>;
  readonly logRetentionDays: number;
  readonly forceDestroy: boolean;
  readonly iam: Settings["iam"];
  readonly tags: Readonly<Record<string, string>>;
}

/** What is looked up and read before the first resource is registered. */
interface Found {
  readonly place: FoundPlace;
  readonly files: AirflowFiles;
  readonly jobs: readonly LocalFile[];
}

/** The data warehouse, and what loads it. */
interface Redshift {
  readonly target: RedshiftTarget;
  readonly dataApi: DataApiTarget;
  readonly database: string;
  readonly copyRoleArn: pulumi.Output<string>;
}

/**
 * What every pipeline stands on: key, network, the environment's bucket, and those services that the listed
 * pipelines need. It names no pipeline; the environment itself comes after them.
 */
export class Platform {
  public readonly location: Location;
  public readonly environmentName: string;
  public readonly root: string;
  public readonly airflowBucketName: string;
  public readonly dataBucketName: string;
  public readonly athenaWorkgroupName: string;
  public readonly tags: Readonly<Record<string, string>>;
  /** Arguments that most components take. */
  public readonly common: Common;
  public readonly network: Network | ExistingNetwork;
  public readonly airflowBucket: AirflowBucket;
  /** Undefined where no pipeline has a script. */
  public readonly jobScripts?: JobScripts;
  /** What has to be there before the environment is made. */
  public readonly needs: readonly (pulumi.Resource | pulumi.Output<pulumi.Resource[]>)[];
  private readonly services: {
    readonly data?: DataBucket;
    readonly athena?: Athena;
    readonly redshift?: Redshift;
    readonly emr?: Emr;
    readonly notices?: Notices;
  };

  private constructor(
    public readonly args: PlatformArgs,
    { place, files, jobs }: Found,
  ) {
    const { context, settings, pipelines } = args;
    this.location = context.location;
    this.environmentName = context.environmentName;
    this.root = context.root;
    this.airflowBucketName = context.airflowBucketName;
    this.dataBucketName = context.dataBucketName;
    this.athenaWorkgroupName = context.athenaWorkgroupName;
    this.tags = context.tags;
    const { location, environmentName, forceDestroy, tags } = context;
    this.common = {
      location,
      environmentName,
      kmsKeyArn: encryptionKeyArn("key", settings.encryption, {
        location,
        environmentName,
        logGroupNames: logGroupsOf(context, pipelines, settings),
        forceDestroy,
        tags,
      }),
      logRetentionDays: context.logRetentionDays,
      forceDestroy,
      iam: context.iam,
      tags,
    };
    this.network = createNetwork(this.common, settings, place, pipelines);
    this.airflowBucket = this.createAirflowBucket(files);
    this.jobScripts = this.uploadJobs(jobs);
    this.services = this.createServices(place.zones);
    this.needs = [
      this.network,
      this.network.routes,
      this.airflowBucket,
      ...[this.jobScripts, this.services.emr, this.services.notices].filter(
        (one) => one !== undefined,
      ),
    ];
  }

  /**
   * Creates the platform in the zones that offer what it uses. All files are read, and names that another
   * stack has are refused, before the first resource is registered.
   */
  public static async create(args: PlatformArgs): Promise<Platform> {
    const { context, settings, pipelines, omitted } = args;
    const files = readAirflowFiles({
      root: context.root,
      airflowVersion: settings.environment.airflowVersion,
      webserverAccessMode: settings.environment.webserverAccessMode,
      additions: additionsOf(pipelines, context.root),
      ...settings.files,
    });
    const dags =
      settings.files.dags === "external"
        ? []
        : files.dags.filter((file) => !omitted.dags.includes(file.path));
    const jobs = readJobScripts(path.join(context.root, "jobs")).filter(
      (file) => !omitted.jobs.includes(file.path),
    );
    await refuseTakenNames(context, pipelines, settings);
    await refuseTakenBuckets(context, servicesOf(pipelines, settings), settings);
    const place = await findPlace({
      context,
      settings,
      pipelines,
      asksInternet: files.asksInternet,
    });
    return new Platform(args, { place, files: { ...files, dags }, jobs });
  }

  /** The environment's security groups, the stack's own first. */
  public get securityGroupIds(): readonly pulumi.Input<string>[] {
    return [...this.network.securityGroupIds, ...this.args.settings.network.securityGroupIds];
  }

  public get dataBucket(): DataBucket {
    return this.service("data");
  }

  public get athena(): Athena {
    return this.service("athena");
  }

  public get redshift(): Redshift {
    return this.service("redshift");
  }

  public get emr(): Emr {
    return this.service("emr");
  }

  public get notices(): Notices {
    return this.service("notices");
  }

  /** The service, where the stack has it. */
  public has<S extends Service>(service: S): Platform["services"][S] {
    return this.services[service];
  }

  /**
   * Address of a Spark script, `s3://bucket/key`.
   *
   * @param script its path below `jobs/`
   * @throws when there is no such script
   */
  public jobScript(script: string): pulumi.Output<string> {
    if (this.jobScripts === undefined) {
      throw new pulumi.RunError(`There is no Spark job ${script}: no listed pipeline has one.`);
    }
    return this.jobScripts.uri(script);
  }

  /** The Airflow Variables that DAGs find the services by. */
  public get variables(): Record<string, pulumi.Input<string>> {
    const { data, athena, redshift, notices } = this.services;
    return {
      ...(data === undefined ? {} : { s3_bucket_name: data.bucketName }),
      ...(athena === undefined ? {} : { athena_workgroup: athena.workgroupName }),
      ...(redshift === undefined
        ? {}
        : {
            ...redshiftVariables(redshift.dataApi, redshift.database),
            redshift_copy_role_arn: redshift.copyRoleArn,
          }),
      ...(notices === undefined
        ? {}
        : { REGION: this.location.region, SNS_TOPIC_ARN: notices.topicArn }),
    };
  }

  /** Statements for tasks that use a service which grants them itself, by the service's name. */
  public get statements(): Partial<Record<GrantingService, pulumi.Output<Statement[]>>> {
    const { emr } = this.services;
    return emr === undefined ? {} : { emr: emr.statements };
  }

  private service<S extends Service>(service: S): NonNullable<Platform["services"][S]> {
    const found = this.services[service];
    if (found === undefined) {
      throw new pulumi.RunError(
        `A pipeline uses the service ${service}, which it does not name among its services.`,
      );
    }
    return found;
  }

  private createAirflowBucket(files: AirflowFiles): AirflowBucket {
    const { settings } = this.args;
    return new AirflowBucket("airflow", {
      ...this.common,
      bucketName: this.airflowBucketName,
      create: settings.createAirflowBucket,
      oldVersionRetentionDays: settings.oldVersionRetentionDays,
      dagS3Path: settings.files.dagS3Path,
      files,
    });
  }

  private uploadJobs(files: readonly LocalFile[]): JobScripts | undefined {
    return files.length === 0
      ? undefined
      : new JobScripts("jobs", {
          bucketName: this.airflowBucket.bucketName,
          protections: this.airflowBucket.protections,
          kmsKeyArn: this.common.kmsKeyArn,
          files,
        });
  }

  /** Prefixes of the data bucket whose objects expire: those of pipelines, and of EMR's logs. */
  private expiring(services: readonly Service[], prefixes: readonly Prefix[]): ExpiringPrefix[] {
    const { expirationDays } = this.args.settings;
    const found = prefixes.flatMap(({ prefix, expires }) =>
      expires === undefined ? [] : [{ prefix, days: expirationDays[expires] }],
    );
    return services.includes("emr")
      ? [...found, { prefix: EMR_LOGS_PREFIX, days: expirationDays.logs }]
      : found;
  }

  private createServices(zones: readonly string[]): Platform["services"] {
    const { settings, pipelines } = this.args;
    const services = servicesOf(pipelines, settings);
    const create = <T>(service: Service, make: () => T): T | undefined =>
      services.includes(service) ? make() : undefined;
    const prefixes = pipelines.flatMap(({ plan }) => Object.values(plan.prefixes ?? {}));
    const data = create(
      "data",
      () =>
        new DataBucket("data", {
          ...this.common,
          bucketName: this.dataBucketName,
          oldVersionRetentionDays: settings.oldVersionRetentionDays,
          expiring: this.expiring(services, prefixes),
          markers: prefixes.filter(({ marker }) => marker).map(({ prefix }) => prefix),
        }),
    );
    return {
      data,
      redshift: create("redshift", () => this.createRedshift(zones)),
      athena: create(
        "athena",
        () =>
          new Athena("athena", {
            ...this.common,
            accountId: this.location.accountId,
            workgroupName: settings.athenaWorkgroupName,
            dataBucketName: data?.bucketName ?? this.dataBucketName,
          }),
      ),
      emr: create("emr", () => this.createEmr()),
      notices: create("notices", () => this.createNotices()),
    };
  }

  private createRedshift(zones: readonly string[]): Redshift {
    const { settings, pipelines } = this.args;
    const prefixes = pipelines.flatMap(({ plan }) => Object.values(plan.prefixes ?? {}));
    const copyRole = new RedshiftCopyRole("redshift-copy", {
      ...this.common,
      dataBucketName: this.dataBucketName,
      prefixes: prefixes.filter(({ copy }) => copy).map(({ prefix }) => prefix),
    });
    const target = new RedshiftTarget(
      "redshift",
      redshiftTargetArgs(settings.redshift, {
        ...this.common,
        vpcId: this.network.vpcId,
        subnetCidrs: settings.network.redshiftSubnetCidrs,
        availabilityZones: zones,
        copyRoleArn: copyRole.arn,
      }),
    );
    const { dataApi, database } = target;
    return { target, dataApi, database, copyRoleArn: copyRole.arn };
  }

  private createEmr(): Emr {
    const { settings, pipelines } = this.args;
    const planned = pipelines
      .map(({ plan }) => plan)
      .filter((plan): plan is PipelinePlan & { nodes: NodesPlan } => plan.nodes !== undefined);
    return new Emr("emr", {
      ...this.common,
      airflowBucketName: this.airflowBucketName,
      dataBucketName: this.dataBucketName,
      emr: settings.emr,
      vpcId: this.network.vpcId,
      subnetIds: this.network.privateSubnetIds,
      endpointSecurityGroupId: this.network.endpointSecurityGroupId,
      nodes: Object.fromEntries(
        planned.map((plan) => [
          plan.nodes.role,
          {
            reads: prefixesOf(plan, "emr", "read"),
            readsElsewhere: plan.nodes.readsElsewhere,
            writes: prefixesOf(plan, "emr", "write"),
          },
        ]),
      ),
    });
  }

  private createNotices(): Notices {
    const { settings, context } = this.args;
    return new Notices("notices", {
      ...this.common,
      subscriptions: settings.notices,
      publisherArn:
        settings.environment.executionRoleArn ??
        executionRolePattern(context.location, context.environmentName, context.iam),
    });
  }
}
