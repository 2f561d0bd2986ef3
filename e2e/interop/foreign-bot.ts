/** A bot on an SDK of other people. It answers what begins with "hello", and writes `event NAME` for each event that its SDK understood. */
export interface ForeignBot {
  readonly name: string;
  /** The SDK with its version, as its own packages write it. */
  readonly sdk: string;
  /** A run that does not name it goes on without it where what it needs cannot be had. */
  readonly isOptional?: boolean;
  /** Makes it ready to run. @throws {CannotHave} with a sentence for a person when something that it needs is missing */
  prepare(say: (line: string) => void): Promise<Program>;
  /** Events that reach the bot and that this SDK cannot read: it has no type for them, or demands more than the platform promises. */
  readonly unread: readonly string[];
}

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** Something that a bot needs is not on this machine; no fault of the simulator or of the SDK. */
export class CannotHave extends Error {
  override readonly name = 'CannotHave';
}
