import { Suppressed } from "./evaluate";
import { About } from "./rule";

/** How the message of a finding begins that a suppression took away. */
export const SUPPRESSED = "Suppressed until";

/** Behind the finding in such a message stands the reason. */
export const REASON = "Reason:";

/**
 * A violation as the engine prints it: of a rule it prints the description only, so that what to do and where to read
 * about it are part of the message.
 *
 * @param remedy what is to be done in this program, of the rule's configuration
 */
export function violationText(
  message: string,
  { remediationSteps, url }: Pick<About, "remediationSteps" | "url">,
  remedy?: string,
): string {
  const steps = [remediationSteps, ...(remedy === undefined ? [] : [remedy])].join(" ");
  return `${message}\n${steps}\n${url}`;
}

/** A finding that a suppression took away, with its reason. */
export function suppressedText({ message, by: { expires, reason } }: Suppressed): string {
  return `${SUPPRESSED} ${expires}: ${message} ${REASON} ${reason}`;
}
