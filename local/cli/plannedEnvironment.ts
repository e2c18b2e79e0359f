import * as path from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { BACKEND_OPTIONS } from "../../checks/secretsBackend";
import { connectionsPrefix } from "../../components/connections";
import { regionalArn } from "../../components/location";
import { variablesPrefix } from "../../components/variables";
import type { KnownNames } from "../../deploy/dags/checkDags";
import { type ProgramStack, isEncrypted } from "../../deploy/oidc/stackSettings";
import { ROOT } from "../../deploy/project";
import "../engine/sdkTraces";

/** Connections that MWAA sets itself: https://docs.aws.amazon.com/mwaa/latest/userguide/connections-packages.html */
const OF_MWAA = ["aws_default"];

const ENVIRONMENT = "aws:mwaa/environment:Environment";
const PARAMETER = "aws:ssm/parameter:Parameter";

type Properties = Readonly<Record<string, unknown>>;

const ZONES = ["a", "b", "c"];

/**
 * What AWS answers to a program that asks where it is, what is there, and what is offered: nothing is there but
 * a warehouse that the settings name, and all is offered. Anything else is not known without AWS.
 */
const answers = ({
  location,
}: ProgramStack): Readonly<Record<string, (inputs: Properties) => Properties>> => {
  const zones = ZONES.map((letter) => `${location.region}${letter}`);
  return {
    "aws:index/getCallerIdentity:getCallerIdentity": () => ({ accountId: location.accountId }),
    "aws:index/getRegion:getRegion": () => ({ region: location.region }),
    "aws:index/getPartition:getPartition": () => ({ ...location }),
    "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({ names: zones }),
    "aws:resourcegroupstaggingapi/getResources:getResources": () => ({
      resourceTagMappingLists: [],
    }),
    "aws:s3/getBucket:getBucket": ({ bucket }) => {
      throw notFound(`reading S3 Bucket (${String(bucket)}): couldn't find resource`);
    },
    "aws:ec2/getSubnets:getSubnets": () => ({ ids: [] }),
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": ({ filters }) => {
      const types = (filters as { values: string[] }[]).flatMap(({ values }) => values);
      const offered = zones.flatMap((zone) => types.map((type) => [zone, type]));
      return {
        locations: offered.map(([zone]) => zone),
        instanceTypes: offered.map(([, type]) => type),
      };
    },
    // A warehouse that the settings name: the program takes its name, and a policy its ARN.
    "aws:redshift/getCluster:getCluster": ({ clusterIdentifier }) => ({ clusterIdentifier }),
    "aws:redshiftserverless/getWorkgroup:getWorkgroup": ({ workgroupName }) => ({
      workgroupName,
      arn: regionalArn(location, "redshift-serverless", "workgroup/unknown"),
    }),
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": ({ serviceName }) => ({
      serviceName,
      availabilityZones: zones,
    }),
  };
};

/** What the SDK shows of an error that the engine answers with. */
function notFound(details: string): Error {
  return Object.assign(new Error(details), { details });
}

/**
 * The Variables, connections and Airflow options that a stack's environment would have: the program is run as in a
 * preview in which nothing is known that AWS gives.
 *
 * @param config the configuration of its file
 * @param root folder of the program
 * @returns the names, or why they cannot be told without AWS
 */
export async function plannedEnvironment(
  stack: ProgramStack,
  config: Properties,
  root: string = ROOT,
): Promise<KnownNames | string> {
  const { settings } = stack;
  const prefix = `${variablesPrefix(settings.environment.name)}/`;
  const variables: Record<string, string | null> = {};
  const options: Record<string, string> = {};
  const failures: string[] = [];
  const known = answers(stack);
  await pulumi.runtime.setMocks(
    {
      call: ({ token, inputs }) => {
        if (!(token in known)) {
          failures.push(`it calls ${token.split(":").at(-1)}`);
          throw new Error(`${token} is not known without AWS`);
        }
        return known[token](inputs as Properties);
      },
      newResource: ({ type, inputs }) => {
        const { name, value, airflowConfigurationOptions } = plain(inputs as Properties);
        if (type === PARAMETER && String(name).startsWith(prefix)) {
          variables[String(name).slice(prefix.length)] = typeof value === "string" ? value : null;
        }
        if (type === ENVIRONMENT) {
          Object.assign(options, texts(airflowConfigurationOptions));
        }
        return { id: undefined, state: inputs as Properties };
      },
    },
    stack.project,
    stack.stack,
    true,
    "organization",
  );
  pulumi.runtime.setAllConfig(configurationOf(config));
  try {
    const program = ((await import(path.join(root, "index.ts"))) as { default: () => unknown })
      .default;
    await program();
    await pulumi.runtime.disconnect();
  } catch (error) {
    return failures[0] ?? (error as Error).message;
  }
  return failures[0] ?? { variables, options, connections: connectionsOf(stack) };
}

/** Properties out of the envelopes that the provider's SDK puts around what is secret. */
function plain(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key,
      pulumi.runtime.isRpcSecret(value) ? pulumi.runtime.unwrapRpcSecret(value) : value,
    ]),
  );
}

/** The texts among an object's values. */
function texts(found: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries((found ?? {}) as Properties).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === "string" && !BACKEND_OPTIONS.includes(entry[0]),
    ),
  );
}

/** Ids of the connections of a stack; null where they are also kept elsewhere than in its settings. */
function connectionsOf({ settings }: ProgramStack): string[] | null {
  const { connectionsPrefix: own, secretsManager } = settings.environment.secretsBackend;
  const prefix = connectionsPrefix(settings.environment.name);
  return secretsManager === undefined && (own === undefined || own === prefix)
    ? [...OF_MWAA, ...Object.keys(settings.connections)]
    : null;
}

/** A stack's configuration as the engine hands it to the program; what is encrypted stays a text. */
function configurationOf(config: Properties): Record<string, string> {
  const readable = (_: string, value: unknown) => (isEncrypted(value) ? "encrypted://" : value);
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value, readable),
    ]),
  );
}
