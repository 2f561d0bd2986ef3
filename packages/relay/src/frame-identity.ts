/** What an envelope needs of a frame besides its name and number. */
export interface FrameIdentity {
  /** Outer id; empty when there is none. */
  readonly id: string;
  /** The conversation, as `conversationKey` of `botgo/delivery` names it. */
  readonly key: string;
}
