/** One thing wrong with one setting, in the words that a person needs to mend it. */
export interface Problem {
  /** Key of the setting, without the project's prefix. */
  readonly setting: string;
  /** The value that was found. */
  readonly value: unknown;
  /** What is allowed in its place. */
  readonly allowed: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Renders a problem as one line: name, value, what is allowed, what to do. */
export function describeProblem(problem: Problem): string {
  return (
    `${problem.setting} is ${JSON.stringify(problem.value)}; ` +
    `allowed: ${problem.allowed}. ${problem.remedy}`
  );
}
