/** Where the mocks say that a program runs. */
export const ACCOUNT = "123456789012";
export const REGION = "us-east-1";
