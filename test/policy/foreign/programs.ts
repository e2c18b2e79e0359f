import { Part } from "../networks/build";
import { mwaaInExistingVpc, mwaaQuickStart } from "./airflow";
import { dataLake, emrDemo, serverlessAnalytics, warehouse } from "./data";
import { containers, deployRoles, inlineVpc, serverlessOrders, staticSite } from "./web";

/** Programs as other people write them, all of which AWS takes, by what they are. */
export const programs: Readonly<Record<string, readonly Part[]>> = {
  "AWS's quick start of MWAA": mwaaQuickStart,
  "MWAA in a VPC of somebody else's": mwaaInExistingVpc,
  "data lake with Glue and Athena": dataLake,
  "EMR demo with the default roles": emrDemo,
  "Redshift warehouse for an office": warehouse,
  "Redshift Serverless in the default VPC": serverlessAnalytics,
  "static site out of a public bucket": staticSite,
  "VPC with inline rules and a balancer": inlineVpc,
  "orders over queue, function and state machine": serverlessOrders,
  "containers on Fargate": containers,
  "roles for GitHub's workflows": deployRoles,
};
