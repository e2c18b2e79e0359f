import * as fs from "node:fs";
import * as path from "node:path";

import { type ProgramStack, programStack } from "../../deploy/oidc/stackSettings";
import { projectName } from "../../deploy/project";
import { SettingsError } from "../../settings";
import { ROOT, STACK_NAME, toolHome } from "../home";
import { UserError } from "../setup/steps";
import { type LaptopPlace, readStackFile } from "./stackFile";

/** Where the laptop target is. */
const ACCOUNT = { partition: "aws", dnsSuffix: "amazonaws.com", accountId: "123456789012" };

/**
 * The laptop's stack, with its settings.
 *
 * @param place default: the stack `local` of this checkout
 */
export function localStack(place: LaptopPlace = { home: toolHome }): ProgramStack {
  const { stack = STACK_NAME, root } = place;
  return programStack(stack, readStackFile(place).config, ACCOUNT, projectName(root));
}

/**
 * Checks the settings of the laptop's stack before anything is started: the engine would tell what is wrong with them
 * several times, after half a minute. Tells what is not as the stack's file has it.
 *
 * @throws UserError with all that is wrong
 */
export function checkSettings(place: LaptopPlace = { home: toolHome }): void {
  const { stack = STACK_NAME, root = ROOT } = place;
  const { notes } = readStackFile(place);
  process.stdout.write(
    notes.map((note) => `Pulumi.${stack}.yaml on the laptop: ${note}\n`).join(""),
  );
  const levels = path.join("policy", "config", `${stack}.json`);
  if (!fs.existsSync(path.join(root, levels))) {
    throw new UserError(
      `There is no ${levels}, the levels of the policies for this stack. Create it; {} takes the pack's own.`,
    );
  }
  try {
    localStack(place);
  } catch (error) {
    if (!(error instanceof SettingsError)) {
      throw error;
    }
    throw new UserError(
      stack === STACK_NAME
        ? error.message
        : `${error.message}\nOn the laptop the account is ${ACCOUNT.accountId}. What a stack names of another account ` +
            "cannot be there: try a copy of its file, with what the local cloud has.",
    );
  }
}
