import * as pulumi from "@pulumi/pulumi";
import { ConstructResult, Provider, main } from "@pulumi/pulumi/provider";

import "../../engine/sdkTraces";
import { Vpc, VpcArgs, requireSupported } from "./vpc";

/** Stands for the official provider of this version. */
const provider: Provider = {
  version: "3.9.0",
  construct(name, type, inputs, options): Promise<ConstructResult> {
    if (type !== "awsx:ec2:Vpc") {
      return Promise.reject(
        new Error(`the laptop target has no component ${type}: add it in local/provider/awsx/`),
      );
    }
    requireSupported(name, inputs);
    const vpc = new Vpc(name, inputs as VpcArgs, options);
    return Promise.resolve({ urn: vpc.urn, state: vpc.state() });
  },
  invoke(token) {
    return Promise.reject(
      new pulumi.RunError(
        `the laptop target has no function ${token}: add it in local/provider/awsx/`,
      ),
    );
  },
};

/** Serves the provider. It asks the engine for what it makes, and so has nothing to finish. */
export async function serve(args: readonly string[]): Promise<() => Promise<void>> {
  await main(provider, [...args]);
  return () => Promise.resolve();
}
