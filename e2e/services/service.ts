/** A server started for a test. */
export interface Service {
  readonly url: string;
  readonly port: number;
  /** SIGSTOP: connections stay, nothing answers. */
  pause(): void;
  /** SIGCONT. */
  wake(): void;
  /** kill -9; {@link restart} starts it again. */
  kill(): Promise<void>;
  /** kill -9 (when it still runs) and a start on the same port; data stay only when it was started to keep them. */
  restart(): Promise<void>;
  /** Ends it and deletes what it stored. */
  stop(): Promise<void>;
}
