import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

/**
 * Reads a setting as a stack's file has it: what is encrypted is a map of `secure` alone. The engine tells a program of
 * a setting only whether something in it is encrypted.
 *
 * @param root folder of the project
 * @param setting key without the project's prefix
 * @returns undefined where there is no `Pulumi.<stack>.yaml`, as with `--config-file`, or it does not have the setting
 */
export function writtenSetting(
  root: string,
  { project, stack }: { readonly project: string; readonly stack: string },
  setting: string,
): unknown {
  const file = path.join(root, `Pulumi.${stack}.yaml`);
  if (!fs.existsSync(file)) {
    return undefined;
  }
  const { config } = (parse(fs.readFileSync(file, "utf8")) ?? {}) as {
    config?: Readonly<Record<string, unknown>>;
  };
  return config?.[`${project}:${setting}`] ?? config?.[setting];
}
