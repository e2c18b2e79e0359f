import type { Settings } from "../settings";
import type { Platform } from "./platform";
import type { PipelineParts, PipelinePlan, Service, StackContext } from "./plan";

/** What every pipeline says of itself, whatever the stack. */
interface PipelineFacts {
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
}

/** A pipeline as it is written. */
export interface PipelineDefinition<S, P extends PipelinePlan> extends PipelineFacts {
  /** The settings that it reads. */
  readonly settings: (all: Settings) => S;
  /** What others have to know before any resource exists. Makes nothing. */
  readonly plan: (context: StackContext, settings: S) => P;
  /** Creates the pipeline's resources. */
  readonly build: (platform: Platform, settings: S, plan: P) => PipelineParts;
}

/** A pipeline as the list of pipelines has it. */
export interface Pipeline extends PipelineFacts {
  /** The pipeline of one stack. */
  readonly configure: (context: StackContext, all: Settings) => ConfiguredPipeline;
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
    configure: (context, all) => {
      const own = settings(all);
      const planned = plan(context, own);
      return { ...facts, plan: planned, build: (platform) => build(platform, own, planned) };
    },
  };
}
