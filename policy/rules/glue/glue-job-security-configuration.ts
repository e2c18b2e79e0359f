import { isGiven } from "../../environments";
import { GLUE_JOB } from "../../glue";
import { ResourceRule } from "../../rule";

/** A job writes nothing that is not encrypted. */
export const glueJobSecurityConfiguration: ResourceRule = {
  name: "glue-job-security-configuration",
  description: "A Glue job has a security configuration.",
  severity: "medium",
  reason:
    "What a job writes to S3, its logs and its bookmarks are not encrypted with a key that the team " +
    "decides on otherwise.",
  remediationSteps:
    "Set securityConfiguration of the aws.glue.Job to the name of an aws.glue.SecurityConfiguration.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html",
  also: [
    "CKV_AWS_195",
    "GL1",
    "GL3",
    "glue_etl_jobs_amazon_s3_encryption_enabled",
    "glue_etl_jobs_cloudwatch_logs_encryption_enabled",
    "glue_etl_jobs_job_bookmark_encryption_enabled",
  ],
  types: [GLUE_JOB],
  check: ({ name, props }, report) => {
    if (!isGiven(() => props.securityConfiguration)) {
      report(`securityConfiguration of the job ${name} is missing; the name of one is needed.`);
    }
  },
};
