import type { AnyRow } from "../row";
import { catalogDatabase } from "./catalogDatabase";
import { crawler } from "./crawler";
import { job } from "./job";
import { securityConfiguration } from "./securityConfiguration";

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:glue/catalogDatabase:CatalogDatabase": catalogDatabase,
  "aws:glue/crawler:Crawler": crawler,
  "aws:glue/job:Job": job,
  "aws:glue/securityConfiguration:SecurityConfiguration": securityConfiguration,
};
