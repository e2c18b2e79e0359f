/** What the settings' defaults are derived from. */
export interface Deployment {
  readonly project: string;
  readonly stack: string;
  readonly accountId: string;
  readonly region: string;
}
