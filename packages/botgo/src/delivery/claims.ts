/**
 * A duplicate window that processes share (Redis). A claim is taken before the handler runs and `done` written after it, so that a
 * second copy neither runs beside the first nor gets lost with it.
 */
export interface ClaimStore {
  /**
   * Asks to handle an event. Waits while another holder has the claim, until that one is done or its claim is void (its lease ended,
   * or the handlers' time-out passed), and while the store cannot be reached.
   * @param holder - Member and fencing token of the asker; its own claim, taken before a restart of the lane, is granted again.
   * @returns `granted`: handle it; `done`: somebody did.
   * @throws `signal.reason` when aborted; nothing else.
   */
  claim(id: string, holder: string, signal: AbortSignal): Promise<'granted' | 'done'>;
  /** Says that the event was handled. Rejects when that could not be written; a later copy may then be handled again. */
  done(id: string, holder: string): Promise<void>;
  /** Gives a claim back: the event was not handled and will come again. */
  release(id: string, holder: string): Promise<void>;
}
