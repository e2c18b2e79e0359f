import { ResourceRule } from "../../rule";
import { STATE_MACHINE } from "../../states";
import { shown } from "../../shown";

/** Where an execution spent its time can be seen. */
export const statesTracing: ResourceRule = {
  name: "states-tracing",
  description: "A Step Functions state machine is traced by X-Ray.",
  severity: "low",
  reason:
    "Without a trace nobody sees which of the services that an execution called was slow or failed.",
  remediationSteps:
    "Set tracingConfiguration of the aws.sfn.StateMachine to { enabled: true } and allow its role " +
    "X-Ray's PutTraceSegments, PutTelemetryRecords, GetSamplingRules and GetSamplingTargets.",
  url: "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
  also: ["CKV_AWS_284", "SF2"],
  types: [STATE_MACHINE],
  check: ({ name, props }, report) => {
    const tracing = props.tracingConfiguration as { enabled?: boolean } | undefined;
    if (tracing?.enabled !== true) {
      report(
        `tracingConfiguration.enabled of the state machine ${name} is ${shown(tracing?.enabled)}; ` +
          "true is needed.",
      );
    }
  },
};
