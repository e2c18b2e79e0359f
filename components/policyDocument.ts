/** One statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/**
 * A grant that no run uses which begins anew and goes well, and why it is given all the same. It stands beside
 * the statement; `npm run local -- access` counts every other grant that no run used as one too many.
 */
export interface UnexercisedGrant {
  /** Sid of the statement. */
  readonly statement: string;
  /** Purpose in the name of the role. Default: whichever role has the statement. */
  readonly role?: string;
  /** Default: all of the statement's. */
  readonly actions?: readonly string[];
  /** What the resource contains. Default: whichever. */
  readonly resource?: string;
  readonly reason: string;
  /** Settings decide whether there is such a statement. Default: each stack with the service has it. */
  readonly bySettings?: boolean;
  /** A run that fails, is stopped, or goes on from an earlier one uses it. */
  readonly otherRuns?: boolean;
  /** Page of AWS's that asks for it. */
  readonly source: string;
}

/** An IAM policy document. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** A policy document of the given statements. */
export function policyDocument(...statements: readonly Statement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}

/**
 * Trust policy of a role that AWS services assume, for this account's resources only.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export function serviceTrust(accountId: string, ...services: readonly string[]): PolicyDocument {
  return policyDocument({
    Sid: "AssumedByService",
    Effect: "Allow",
    Principal: { Service: services },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
  });
}
