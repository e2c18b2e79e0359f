import { Home, STACK_NAME } from "../home";
import { UserError } from "../setup/steps";

/** Name of a stack, as it can be a part of a file's name; a name that Pulumi takes. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;

/** The home of a stack: the laptop's own has the checkout's, and any other a folder in it. */
export function homeOf({ home, stack }: { readonly home?: string; readonly stack: string }): Home {
  if (!NAME.test(stack)) {
    throw new UserError(
      `--stack is ${JSON.stringify(stack)}; allowed: letters, digits and _ . -, as Pulumi.<stack>.yaml has it.`,
    );
  }
  if (home !== undefined || stack === STACK_NAME) {
    return new Home(home);
  }
  return new Home(new Home().dir("stacks", stack));
}
