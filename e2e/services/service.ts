/** A server started for a test. */
export interface Service {
  readonly url: string;
  readonly port: number;
  /** Process id; another one after a restart. */
  readonly pid: number;
  /** SIGSTOP: connections stay, nothing answers. */
  pause(): void;
  /** SIGCONT. */
  wake(): void;
  /** kill -9; {@link restart} starts it again. */
  kill(): Promise<void>;
  /**
   * kill -9 (when it still runs) and a start on the same port. Data stay only when it was started to keep them.
   * @param options - `empty`: all data are deleted in between.
   */
  restart(options?: { readonly empty?: boolean | undefined }): Promise<void>;
  /** Ends it and deletes what it stored. */
  stop(): Promise<void>;
}
