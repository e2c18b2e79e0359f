import { type ProgramStack, readStack } from "../../deploy/oidc/stackSettings";
import { SettingsError } from "../../settings";
import { STACK_NAME } from "../engine/stack";
import { UserError } from "../setup/steps";

/** Where the laptop target is. */
const ACCOUNT = { partition: "aws", dnsSuffix: "amazonaws.com", accountId: "123456789012" };

/**
 * The laptop's stack, with its settings.
 *
 * @param root folder of the program; default: this checkout
 */
export function localStack(root?: string): ProgramStack {
  return readStack(STACK_NAME, ACCOUNT, root);
}

/**
 * Checks the settings of the laptop's stack before anything is started: the engine would tell what is wrong with them
 * several times, after half a minute.
 *
 * @throws UserError with all that is wrong
 */
export function checkSettings(root?: string): void {
  try {
    localStack(root);
  } catch (error) {
    throw error instanceof SettingsError ? new UserError(error.message) : error;
  }
}
