import { PolicyResource } from "@pulumi/policy";

/** The five logs of an environment, with the end of the name of the group that MWAA writes each to. */
export const LOG_GROUP_SUFFIXES = {
  dagProcessingLogs: "DAGProcessing",
  schedulerLogs: "Scheduler",
  taskLogs: "Task",
  webserverLogs: "WebServer",
  workerLogs: "Worker",
} as const;

export type Log = keyof typeof LOG_GROUP_SUFFIXES;

export const LOGS = Object.keys(LOG_GROUP_SUFFIXES) as Log[];

/** How one log of an environment is set. */
export interface LogSetting {
  readonly enabled: boolean;
  readonly level: string;
}

/** How a log is set; what is left out is off. */
export function logSetting(
  { props }: Pick<PolicyResource, "props"> | { readonly props: Record<string, unknown> },
  log: Log,
): LogSetting {
  const logging = (props as Record<string, unknown>).loggingConfiguration as
    Partial<Record<Log, { enabled?: boolean; logLevel?: string }>> | undefined;
  const one = logging?.[log];
  return { enabled: one?.enabled ?? false, level: one?.logLevel ?? "INFO" };
}

/** A number that an environment is given, or undefined where MWAA's default holds. */
export function count(props: Record<string, unknown>, property: string): number | undefined {
  const value = props[property];
  return value === undefined || value === null ? undefined : Number(value);
}

/** Whether an input was given, be its value known yet or not. */
export function isGiven(read: () => unknown): boolean {
  try {
    const value = read();
    return value !== undefined && value !== null && value !== "";
  } catch {
    // The engine's proxy throws for a value that is there and not known yet.
    return true;
  }
}
