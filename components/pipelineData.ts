import * as pulumi from "@pulumi/pulumi";
import { keepUnless } from "./keep";

/**
 * Stands for what a pipeline has written into a stack that keeps its data. It creates nothing in AWS, and is
 * protected: the engine refuses the preview and the update in which the pipeline is no longer listed, and says
 * how the protection is lifted, `pulumi state unprotect`. What lies in the data bucket stays there either way.
 * A stack that may be destroyed has it as well, unprotected: gone, it could not lose its protection.
 */
export class PipelineData extends pulumi.ComponentResource {
  /** @param pipeline the pipeline's name */
  public constructor(pipeline: string, forceDestroy: boolean) {
    super("mwaa:pipeline:PipelineData", `${pipeline}-data`, {}, keepUnless(forceDestroy));
    this.registerOutputs({});
  }
}
