import type { AnyRow, Fn } from "../row";
import { cluster } from "./cluster";
import { getCluster } from "./getCluster";
import { logging } from "./logging";
import { parameterGroup } from "./parameterGroup";
import { subnetGroup } from "./subnetGroup";

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:redshift/cluster:Cluster": cluster,
  "aws:redshift/logging:Logging": logging,
  "aws:redshift/parameterGroup:ParameterGroup": parameterGroup,
  "aws:redshift/subnetGroup:SubnetGroup": subnetGroup,
};

export const functions: Readonly<Record<string, Fn>> = {
  "aws:redshift/getCluster:getCluster": getCluster,
};
