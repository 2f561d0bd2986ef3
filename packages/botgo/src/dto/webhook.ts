/** `d` of a callback with op 13: the platform checks who owns the URL. */
export interface WHValidationReq {
  /** What to sign. */
  plain_token: string;
  /** Unix seconds as a string; signed before the token. */
  event_ts: string;
}

/** Answer to op 13; not wrapped in `op` and `d`. */
export interface WHValidationRsp {
  plain_token: string;
  /** Lower-case hex of the Ed25519 signature of `event_ts` and `plain_token`. */
  signature: string;
  /** In BotGo's struct only, empty. */
  data_version?: string;
}
