import { type IamSettings, NO_IAM_SETTINGS } from "../checks/iam";
import type { Location } from "./location";

/** Arguments that every role gets, as the account asks for them. */
export function roleDefaults(iam: IamSettings = NO_IAM_SETTINGS): {
  readonly path?: string;
  readonly permissionsBoundary?: string;
} {
  const { permissionsBoundary } = iam;
  return {
    ...pathOf(iam),
    ...(permissionsBoundary === "" ? {} : { permissionsBoundary }),
  };
}

/** The path alone, for what takes no boundary. */
export function pathOf({ path }: IamSettings = NO_IAM_SETTINGS): { readonly path?: string } {
  return path === "/" ? {} : { path };
}

/** ARN of something in IAM, or a pattern of it, under the account's path. */
export function iamArn(
  { partition, accountId }: Pick<Location, "partition" | "accountId">,
  kind: "instance-profile" | "policy" | "role",
  name: string,
  { path }: Pick<IamSettings, "path"> = NO_IAM_SETTINGS,
): string {
  return `arn:${partition}:iam::${accountId}:${kind}${path}${name}`;
}
