import type { AnyRow, Fn } from "./row";

/** The services' modules: loaded when one of their types is met, since each brings its own client. */
const SERVICES: Readonly<Record<string, () => Promise<Service>>> = {
  athena: () => import("./athena"),
  cloudcontrol: () => import("./cloudcontrol"),
  cloudwatch: () => import("./cloudwatch"),
  ec2: () => import("./ec2"),
  emr: () => import("./emr"),
  glue: () => import("./glue"),
  iam: () => import("./iam"),
  index: () => import("./functions"),
  kms: () => import("./kms"),
  mwaa: () => import("./mwaa"),
  redshift: () => import("./redshift"),
  redshiftserverless: () => import("./redshiftserverless"),
  resourcegroupstaggingapi: () => import("./resourcegroupstaggingapi"),
  s3: () => import("./s3"),
  sfn: () => import("./sfn"),
  sns: () => import("./sns"),
  ssm: () => import("./ssm"),
  vpc: () => import("./ec2"),
};

interface Service {
  readonly rows?: Readonly<Record<string, AnyRow>>;
  readonly functions?: Readonly<Record<string, Fn>>;
}

async function serviceOf(token: string): Promise<Service> {
  const [, module] = token.split(":");
  return (await SERVICES[module.split("/")[0]]?.()) ?? {};
}

/**
 * The row of a resource type.
 *
 * @throws Error naming the type where the laptop target has none.
 */
export async function rowOf(type: string): Promise<AnyRow> {
  const row = (await serviceOf(type)).rows?.[type];
  if (row === undefined) {
    throw new Error(
      `the laptop target has no resource type ${type}: add a row for it in local/provider/aws/`,
    );
  }
  return row;
}

/**
 * A function of the provider.
 *
 * @throws Error naming the function where the laptop target has none.
 */
export async function functionOf(token: string): Promise<Fn> {
  const fn = (await serviceOf(token)).functions?.[token];
  if (fn === undefined) {
    throw new Error(`the laptop target has no function ${token}: add it in local/provider/aws/`);
  }
  return fn;
}
