import { Filter } from "@aws-sdk/client-ec2";

import { Properties } from "../row";

/** Filters as the provider takes them, and tags, each of which is a filter too. */
export function filtersOf({ filters, tags, serviceType }: Properties): Filter[] {
  const given = (filters ?? []) as { readonly name: string; readonly values: string[] }[];
  return [
    ...given.map(({ name, values }) => ({ Name: name, Values: values })),
    ...Object.entries((tags ?? {}) as Record<string, string>).map(([key, value]) => ({
      Name: `tag:${key}`,
      Values: [value],
    })),
    ...(serviceType === undefined
      ? []
      : [{ Name: "service-type", Values: [serviceType as string] }]),
  ];
}
