import type { IntakeState } from '../intake.js';

/** `offset.metadata.max.bytes` of the broker, by default. */
const MAX_LENGTH = 4_096;

/** What a partition's owner says beside the offset that it commits. */
export interface CommitText {
  readonly state: IntakeState;
  /** It reads the partition. Who finds that at the start knows that the last owner did not say good-bye. */
  readonly isOpen: boolean;
}

/** As it is stored. References of suspects are counted from the offset beside it, which keeps them short. */
interface Stored {
  open?: 1;
  sessions: Record<string, number>;
  inFlight?: number[];
  deaths?: [number, number][];
}

/**
 * Text for the broker to store with an offset. Where there is not room for everything, the sessions make way that began first, and after
 * them the suspects that came last.
 */
export function writeCommitText({ state, isOpen }: CommitText, offset: number): string {
  const sessions = Object.entries(state.sessions);
  const inFlight = (state.suspects?.inFlight ?? []).map((ref) => Number(ref) - offset);
  const deaths = Object.entries(state.suspects?.deaths ?? {}).map(([ref, count]): [number, number] => [
    Number(ref) - offset,
    count,
  ]);
  for (;;) {
    const stored: Stored = { sessions: Object.fromEntries(sessions) };
    if (isOpen) stored.open = 1;
    if (inFlight.length > 0) stored.inFlight = inFlight;
    if (deaths.length > 0) stored.deaths = deaths;
    const text = JSON.stringify(stored);
    if (text.length <= MAX_LENGTH) return text;
    if (sessions.length > 0) sessions.splice(0, Math.ceil(sessions.length / 8));
    else if (deaths.length > inFlight.length) deaths.pop();
    else inFlight.pop();
  }
}

/** What {@link writeCommitText} wrote; an empty one when it was somebody else. */
export function readCommitText(text: string | undefined, offset: number): CommitText {
  let found: unknown;
  try {
    found = JSON.parse(text ?? '');
  } catch {
    // Another kind of consumer wrote it, or nobody.
  }
  if (typeof found !== 'object' || found === null) return { state: { sessions: {} }, isOpen: false };
  const stored = found as Partial<Record<keyof Stored, unknown>>;
  const isOpen = stored.open === 1;
  const sessions: Record<string, number> = {};
  if (typeof stored.sessions === 'object' && stored.sessions !== null)
    for (const [session, seq] of Object.entries(stored.sessions))
      if (Number.isSafeInteger(seq)) sessions[session] = Number(seq);
  const deltas = Array.isArray(stored.inFlight) ? stored.inFlight : [];
  const inFlight = deltas.filter(Number.isSafeInteger).map((delta: number) => String(offset + delta));
  const deaths: Record<string, number> = {};
  for (const entry of Array.isArray(stored.deaths) ? stored.deaths : []) {
    const [delta, count] = Array.isArray(entry) ? entry : [];
    if (Number.isSafeInteger(delta) && Number.isSafeInteger(count)) deaths[String(offset + delta)] = count;
  }
  return { state: { sessions, suspects: { inFlight, deaths } }, isOpen };
}
