import { withCode, type ErrorCode } from '$lib/ipc';
import { errorSentence, m } from '$lib/shared';

export interface Failure {
  code: ErrorCode;
  /** What the catalog or the node says about a value; empty when the code says all. */
  detail: string;
}

export function failureOf(reason: unknown): Failure {
  const { code, message } = withCode(reason);
  return { code, detail: code === 'bad_request' ? message : '' };
}

/** A refusal means another thing to a seller than to a contact. */
export function sellerSentence(code: ErrorCode): string {
  return code === 'refused' ? m.sellers_refused() : errorSentence(code);
}
