import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** The next message of a child. @throws when it ends without one, or is silent for a minute. */
export async function messageOf<Message>(child: ChildProcess): Promise<Message> {
  const over = new AbortController();
  const { signal } = over;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a process of the bench ended with exit code ${code} before it answered`);
  });
  const late = once(AbortSignal.timeout(60_000), 'abort', { signal }).then(() => {
    child.kill('SIGKILL');
    throw new Error('a process of the bench did not answer within a minute');
  });
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal }), ended, late])) as [Message];
    return message;
  } finally {
    over.abort();
    for (const loser of [ended, late]) loser.catch(() => {});
  }
}

/** A process of its own: runs a file of `processes/`, takes its one message, and waits for its end. */
export async function sampleOf<Message>(
  file: string,
  args: readonly string[],
  nodeFlags: readonly string[] = [],
): Promise<Message> {
  const child = fork(new URL(`processes/${file}`, import.meta.url), args, { execArgv: [...nodeFlags] });
  const ended = once(child, 'exit');
  const message = await messageOf<Message>(child);
  if (child.connected) child.disconnect();
  await ended;
  return message;
}
