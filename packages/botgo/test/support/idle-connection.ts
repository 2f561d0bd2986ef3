import type { ConnectionFactory } from 'botgo/session';

/** A shard that is connected to nothing, ready at once, and has nothing new to store. */
export const idleConnection: ConnectionFactory = ({ shard }) => {
  const session = { id: `session-${shard}`, seq: 1 };
  let end: () => void = () => {};
  const connection = {
    session,
    run: () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
    drain: async () => session,
    close: async () => end(),
    revoke: () => end(),
    inFlight: () => [],
    on: () => connection,
    status: () => ({ phase: 'ready', isLive: true, sessionId: session.id, checkpoint: 1, unsettled: 0 }),
  };
  return connection as unknown as ReturnType<ConnectionFactory>;
};
