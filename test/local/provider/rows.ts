import * as athena from "../../../local/provider/aws/athena";
import * as ec2 from "../../../local/provider/aws/ec2";
import * as glue from "../../../local/provider/aws/glue";
import * as iam from "../../../local/provider/aws/iam";
import * as kms from "../../../local/provider/aws/kms";
import * as logs from "../../../local/provider/aws/logs";
import * as mwaa from "../../../local/provider/aws/mwaa";
import * as redshift from "../../../local/provider/aws/redshift";
import { AnyRow } from "../../../local/provider/aws/row";
import * as s3 from "../../../local/provider/aws/s3";
import * as ssm from "../../../local/provider/aws/ssm";

/** Every row of the provider, by type. */
export const ROWS: Readonly<Record<string, AnyRow>> = Object.assign(
  {},
  ...[athena, ec2, glue, iam, kms, logs, mwaa, redshift, s3, ssm].map(({ rows }) => rows),
) as Record<string, AnyRow>;
