import * as pulumi from "@pulumi/pulumi";
import type { Declaration, Declarations } from "../checks/declaration";
import type { Extensions, Settings } from "../settings";
import type { PipelineAdditions } from "./airflowAdditions";
import type { Platform, PlatformArgs } from "./platform";
import type { UnexercisedGrant } from "./policyDocument";
import {
  type PipelineParts,
  type PipelinePlan,
  SERVICES,
  type Service,
  type StackContext,
} from "./plan";

/** What every pipeline says of itself, whatever the stack. */
interface PipelineFacts extends PipelineAdditions {
  /** Key of the setting `pipelines`; ends the name of the policy with the pipeline's statements. */
  readonly name: string;
  /** What of the platform it needs. */
  readonly services: readonly Service[];
  /** Its files; those of a pipeline that a stack does not list are not uploaded. */
  readonly files: {
    /** DAG files, relative to `dagsFolder`. */
    readonly dags: readonly string[];
    /** Spark scripts, relative to `jobs/`. */
    readonly jobs?: readonly string[];
  };
  /**
   * Whether the statements become a managed policy, which has 6,144 characters of its own, or an inline one
   * of the execution role; those share 10,240 characters.
   *
   * @default "managed"
   */
  readonly policy?: "managed" | "inline";
  /**
   * Grants of its statements and of its roles that a run which goes well does not use, each with the reason.
   *
   * @default none
   */
  readonly unexercised?: readonly UnexercisedGrant[];
}

/** A pipeline as it is written. */
export interface PipelineDefinition<S, P extends PipelinePlan> extends PipelineFacts {
  /** The settings that it reads, by their keys in the stack's configuration. */
  readonly settings: Declarations<S>;
  /** What others have to know before any resource exists. Makes nothing. */
  readonly plan: (context: StackContext, settings: S) => P;
  /** Creates the pipeline's resources. */
  readonly build: (platform: Platform, settings: S, plan: P) => PipelineParts;
}

/** A pipeline as the list of pipelines has it. */
export interface Pipeline extends PipelineFacts {
  readonly settings: Readonly<Record<string, Declaration>>;
  /** The pipeline of one stack. */
  readonly configure: (context: StackContext, settings: Settings) => ConfiguredPipeline;
}

/** A pipeline with the settings of a stack. */
export interface ConfiguredPipeline extends PipelineFacts {
  readonly plan: PipelinePlan;
  readonly build: (platform: Platform) => PipelineParts;
}

/** Makes a pipeline of its definition; whoever lists it need not know the types of its settings and plan. */
export function definePipeline<S, P extends PipelinePlan>(
  definition: PipelineDefinition<S, P>,
): Pipeline {
  const { settings, plan, build, ...facts } = definition;
  return {
    ...facts,
    settings: settings,
    configure: (context, { ofPipelines }) => {
      const own = Object.fromEntries(
        Object.keys(settings).map((key) => [key, ofPipelines[key]]),
      ) as S;
      const planned = plan(context, own);
      return { ...facts, plan: planned, build: (platform) => build(platform, own, planned) };
    },
  };
}

/**
 * What pipelines add to the settings of a stack.
 *
 * @throws when two declare a setting differently; what both need, they take from one declaration
 */
export function extensionsOf(pipelines: readonly Pipeline[]): Extensions {
  const declared: Record<string, Declaration> = {};
  for (const { name, settings } of pipelines) {
    for (const [key, declaration] of Object.entries(settings)) {
      if (key in declared && declared[key] !== declaration) {
        throw new pulumi.RunError(
          `The setting ${key} of ${name} is another pipeline's as well: rename it in one of the two.`,
        );
      }
      declared[key] = declaration;
    }
  }
  return { pipelines: pipelines.map(({ name }) => name), services: SERVICES, declared };
}

/** Files of pipelines that a stack does not list; what a listed one has as well is none of them. */
export function omittedFiles(
  pipelines: readonly Pipeline[],
  listed: readonly string[],
): PlatformArgs["omitted"] {
  const of = (kind: "dags" | "jobs", isListed: boolean): string[] =>
    pipelines
      .filter(({ name }) => listed.includes(name) === isListed)
      .flatMap(({ files }) => files[kind] ?? []);
  const without = (kind: "dags" | "jobs"): string[] =>
    of(kind, false).filter((file) => !of(kind, true).includes(file));
  return { dags: without("dags"), jobs: without("jobs") };
}
