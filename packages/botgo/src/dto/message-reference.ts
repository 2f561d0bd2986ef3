/** Quotes another message. */
export interface MessageReference {
  /** In C2C and groups: the `REFIDX_…` index of the message. */
  message_id: string;
  /** False: sending fails when the quoted message cannot be read. @defaultValue false */
  ignore_get_message_error?: boolean;
}
