import { type Location, regionalArn } from "../../../components/location";
import type { Statement } from "../../../components/policyDocument";
import { targetName } from "../../../components/redshiftNames";
import type { ProgramStack } from "../stackSettings";
import { type Area, allow } from "./area";

/** The data warehouse of the stack's kind. */
export function warehouse(program: ProgramStack): Area {
  const { location, settings } = program;
  switch (settings.redshift.kind) {
    case "serverless":
      return serverless(location);
    case "provisioned":
      return provisioned(location, targetName(settings.environment.name));
    case "existing":
      return existing(location, settings.redshift);
  }
}

function serverless(location: Location): Area {
  // Their ARNs end in an id that AWS gives, and their actions go by no tag: any of the account's in the region.
  const all = ["namespace", "workgroup"].map((type) =>
    regionalArn(location, "redshift-serverless", `${type}/*`),
  );
  return {
    read: [
      allow(
        "ReadWarehouse",
        [
          "redshift-serverless:GetNamespace",
          "redshift-serverless:GetWorkgroup",
          "redshift-serverless:ListTagsForResource",
        ],
        all,
      ),
    ],
    write: [
      allow(
        "ChangeWarehouse",
        [
          "redshift-serverless:CreateNamespace",
          "redshift-serverless:CreateWorkgroup",
          "redshift-serverless:DeleteNamespace",
          "redshift-serverless:DeleteWorkgroup",
          "redshift-serverless:TagResource",
          "redshift-serverless:UntagResource",
          "redshift-serverless:UpdateNamespace",
          "redshift-serverless:UpdateWorkgroup",
        ],
        all,
      ),
      adminPassword(location),
    ],
  };
}

function provisioned(location: Location, name: string): Area {
  const arn = (type: string) => regionalArn(location, "redshift", `${type}:${name}`);
  const own = ["cluster", "parametergroup", "subnetgroup"].map(arn);
  return {
    read: [
      allow(
        "ListWarehouses",
        ["redshift:DescribeClusterParameterGroups", "redshift:DescribeClusterSubnetGroups"],
        // Neither takes a resource.
        "*",
      ),
      allow(
        "ReadWarehouse",
        [
          "redshift:DescribeClusterParameters",
          "redshift:DescribeClusters",
          "redshift:DescribeLoggingStatus",
          "redshift:DescribeTags",
        ],
        own,
      ),
    ],
    write: [
      allow(
        "ChangeWarehouse",
        [
          "redshift:CreateCluster",
          "redshift:CreateClusterParameterGroup",
          "redshift:CreateClusterSubnetGroup",
          "redshift:CreateTags",
          "redshift:DeleteCluster",
          "redshift:DeleteClusterParameterGroup",
          "redshift:DeleteClusterSubnetGroup",
          "redshift:DeleteTags",
          "redshift:DisableLogging",
          "redshift:EnableLogging",
          "redshift:ModifyCluster",
          "redshift:ModifyClusterIamRoles",
          "redshift:ModifyClusterParameterGroup",
          "redshift:ModifyClusterSubnetGroup",
        ],
        own,
      ),
      // A cluster that is kept leaves a last snapshot.
      allow(
        "KeepSnapshot",
        ["redshift:CreateClusterSnapshot"],
        regionalArn(location, "redshift", `snapshot:${name}/*`),
      ),
      adminPassword(location),
    ],
  };
}

function existing(
  location: Location,
  target: { readonly workgroupName: string } | { readonly clusterIdentifier: string },
): Area {
  const read =
    "workgroupName" in target
      ? allow(
          "FindWarehouse",
          ["redshift-serverless:GetWorkgroup"],
          regionalArn(location, "redshift-serverless", "workgroup/*"),
        )
      : allow(
          "FindWarehouse",
          ["redshift:DescribeClusters", "redshift:DescribeLoggingStatus"],
          regionalArn(location, "redshift", `cluster:${target.clusterIdentifier}`),
        );
  return { read: [read], write: [] };
}

/**
 * The administrator's password, which Redshift makes and keeps as a secret, as the caller.
 *
 * Source: https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-secrets-manager-integration.html
 */
function adminPassword(location: Location): Statement {
  return allow(
    "ManageAdminPasswordSecret",
    [
      "secretsmanager:CreateSecret",
      "secretsmanager:DeleteSecret",
      "secretsmanager:DescribeSecret",
      "secretsmanager:RotateSecret",
      "secretsmanager:TagResource",
      "secretsmanager:UpdateSecret",
    ],
    regionalArn(location, "secretsmanager", "secret:redshift!*"),
  );
}
