import { EnforcementLevel } from "@pulumi/policy";

import { Rule } from "./rule";
import { airflowBucketNamePrefix } from "./rules/s3/airflow-bucket-name-prefix";
import { airflowBucketVersioning } from "./rules/s3/airflow-bucket-versioning";

/** Every rule with its level: `mandatory` stops a preview and an update, `advisory` is printed. */
export const rules: readonly (readonly [Rule, EnforcementLevel])[] = [
  [airflowBucketNamePrefix, "mandatory"],
  [airflowBucketVersioning, "mandatory"],
];
