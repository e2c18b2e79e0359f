import { EMR_UNEXERCISED } from "./emr/callers";
import { MWAA_UNEXERCISED } from "./executionRole";
import { FLOW_LOGS_UNEXERCISED } from "./network";
import { NOTICES_UNEXERCISED } from "./notices";
import type { Service } from "./plan";
import type { UnexercisedGrant } from "./policyDocument";
import { REDSHIFT_UNEXERCISED } from "./redshiftAccess";
import { COPY_UNEXERCISED } from "./redshiftCopyRole";

/** Grants of the platform that a run which goes well does not use; each stands beside its statement. */
export function platformUnexercised(services: readonly Service[]): UnexercisedGrant[] {
  const ofServices: Partial<Record<Service, readonly UnexercisedGrant[]>> = {
    emr: EMR_UNEXERCISED,
    redshift: [...REDSHIFT_UNEXERCISED, ...COPY_UNEXERCISED],
    notices: NOTICES_UNEXERCISED,
  };
  return [
    ...MWAA_UNEXERCISED,
    ...FLOW_LOGS_UNEXERCISED,
    ...services.flatMap((service) => ofServices[service] ?? []),
  ];
}
