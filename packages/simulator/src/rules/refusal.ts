/** What an API call is refused with. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /**
   * @param status - HTTP status
   * @param code - the platform's number, `code` in the body
   * @param message - text in the body
   * @param more - `errCode`: the newer number beside an older `code`; `data`: details; `beside`: fields next to `data`
   */
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly more: { readonly errCode?: number; readonly data?: unknown; readonly beside?: object } = {},
  ) {
    super(message);
  }
}

/** 400 with a code of the called endpoint. */
export function badRequest(code: number, message: string): Refusal {
  return new Refusal(400, code, message);
}

/** 400 in the newer shape: 8-digit `err_code`, the older number stays in `code`. */
export function refused(errCode: number, message: string, code: number = errCode): Refusal {
  return new Refusal(400, code, message, { errCode });
}
