/** What `pulumi preview` prints of a stack that is refused, shortened. */
export const REFUSED = `Previewing update (dev):

@ previewing update....
 +  aws:ec2:RouteTableAssociation redshift-isolated-3 create
 +  aws:mwaa:Environment airflow-environment create
 +  pulumi:pulumi:Stack mwaa-analytics-dev create error: preview failed
Policies:
    ❌ mwaa-analytics@v0.1.0 (local: policy)
        - [mandatory] [severity: medium]  mwaa-task-logs  (aws:mwaa/environment:Environment: airflow-environment)
          An MWAA environment sends its task logs to CloudWatch, at INFO or finer.
          Task logs are off; they must be on, at INFO or DEBUG.
        - [advisory] [severity: critical]  iam-pass-role  (aws:iam/rolePolicy:RolePolicy: execution-movie-list)
          not checked yet of execution-movie-list: string value at .policy can't be known during preview
        - [mandatory] [severity: high]  s3-versioning  (aws:s3/bucket:Bucket: airflow-bucket)
          A bucket keeps old versions.

Diagnostics:
  pulumi:pulumi:Stack (mwaa-analytics-dev):
    error: preview failed

Outputs:
    airflowBucketName: "airflow-dev"
`;

/** What it prints of a stack that passes, shortened. */
export const PASSED = `Previewing update (prod):
 ~  aws:mwaa:Environment airflow-environment update [diff: ~environmentClass]
Policies:
    ✅ mwaa-analytics@v0.1.0 (local: policy)

Resources:
    + 3 to create
    ~ 1 to update
    4 changes. 97 unchanged
`;

/** What `pulumi preview` prints where it cannot even begin. */
export const FAILED = "error: could not assume the role\n";
