import { GLUE_JOB } from "../../glue";
import { ResourceRule } from "../../rule";
import { isPlain, isSecretName, secretIn } from "../../secrets";
import { each } from "../../securityGroupRules";
import { textOf } from "../../text";

/** No secret is among the arguments of a job. */
export const glueJobNoSecretsInArguments: ResourceRule = {
  name: "glue-job-no-secrets-in-arguments",
  description: "No argument of a Glue job is a secret, by its name or its value.",
  severity: "high",
  reason:
    "Whoever may read the job, or its page in the console, reads its arguments, and its logs repeat them.",
  remediationSteps:
    "Give the job the ARN of a secret in Secrets Manager, read it in the job, and allow its role " +
    "secretsmanager:GetSecretValue on it.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html",
  also: ["glue_etl_jobs_no_secrets_in_arguments"],
  types: [GLUE_JOB],
  check: ({ name, props }, report) => {
    const places = ["defaultArguments", "nonOverridableArguments"].flatMap((place) =>
      Object.keys(props[place] ?? {}).map((argument) => ({ place, argument })),
    );
    each(places, ({ place, argument }) => {
      const value = textOf((props[place] as Record<string, unknown>)[argument]) ?? "";
      const found = secretIn(value);
      if (found !== undefined) {
        report(
          `${argument} in ${place} of the job ${name} holds ${found}; name a secret in its place.`,
        );
      } else if (isSecretName(argument.replace(/^-+/, "")) && value !== "" && !isPlain(value)) {
        report(
          `${argument} in ${place} of the job ${name} is a secret by its name; give the ARN of a secret in its place.`,
        );
      }
    });
  },
};
