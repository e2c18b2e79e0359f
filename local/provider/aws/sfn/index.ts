import type { AnyRow } from "../row";
import { stateMachine } from "./stateMachine";

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:sfn/stateMachine:StateMachine": stateMachine,
};
