import { type Clock, systemClock } from '../clock/index.js';
import { type Interaction, InteractionDataType, InteractionType, type SearchRsp } from '../dto/index.js';
import { BotgoError } from '../errs/index.js';
import { generateSignature, headerBotAppId, headerSig, headerTimestamp } from './signature.js';

/** The bot whose search callback is tried, and where it listens. BotGo's `search.Config`. */
export interface SearchConfig {
  readonly appId: string;
  /** URL of the callback. */
  readonly endPoint: string;
  readonly secret: string;
}

/** How a search is simulated. */
export interface SearchOptions {
  readonly signal?: AbortSignal | undefined;
  /** @defaultValue 5000 */
  readonly timeoutMs?: number | undefined;
  /** Gives the timestamp that is signed. @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

const DEFAULT_TIMEOUT_MS = 5_000;

/**
 * BotGo's `search.SimulateSearch`: sends the bot's own search callback a signed search as the platform does, and returns what it
 * found. The body is a bare Interaction (type 2, data type 9) without `op` and `d`; a legacy of the platform.
 * @throws {BotgoError} `BOTGO_TIMEOUT`, `BOTGO_ABORTED`, `BOTGO_NETWORK`, or `BOTGO_BAD_RESPONSE` for a status other than 200 or a
 * body that is no search result (BotGo looks at neither status nor time, its defect D-W9).
 */
export async function simulateSearch(
  config: SearchConfig,
  keyword: string,
  options: SearchOptions = {},
): Promise<SearchRsp> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS, clock = systemClock } = options;
  const search: Pick<Interaction, 'application_id' | 'type' | 'version' | 'data'> = {
    application_id: config.appId,
    type: InteractionType.Command,
    data: { type: InteractionDataType.ChatSearch, name: 'search', resolved: { keyword } },
    version: 1,
  };
  const body = JSON.stringify(search);
  const timestamp = String(Math.floor(clock.wallNow() / 1_000));
  const timeout = new AbortController();
  const cancel = clock.after(timeoutMs, () => timeout.abort());
  try {
    const response = await fetch(config.endPoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [headerBotAppId]: config.appId,
        [headerSig]: generateSignature(config.secret, timestamp, body),
        [headerTimestamp]: timestamp,
      },
      body,
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
    });
    return toSearchRsp(response.status, await response.text());
  } catch (cause) {
    if (cause instanceof BotgoError) throw cause;
    if (signal?.aborted) throw new BotgoError('BOTGO_ABORTED', 'the search was aborted', { cause });
    if (timeout.signal.aborted)
      throw new BotgoError('BOTGO_TIMEOUT', `the search callback gave no answer in ${timeoutMs} ms`, {
        cause,
      });
    throw new BotgoError(
      'BOTGO_NETWORK',
      'the search callback could not be reached: check its URL, and that it runs',
      { cause },
    );
  } finally {
    cancel();
  }
}

function toSearchRsp(status: number, text: string): SearchRsp {
  if (status !== 200)
    throw new BotgoError('BOTGO_BAD_RESPONSE', `the search callback answered with status ${status}, not 200`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new BotgoError('BOTGO_BAD_RESPONSE', 'the search callback did not answer with JSON', { cause });
  }
  if (typeof parsed === 'object' && parsed !== null && Array.isArray((parsed as Partial<SearchRsp>).layouts))
    return parsed as SearchRsp;
  throw new BotgoError('BOTGO_BAD_RESPONSE', 'the search callback answered without layouts');
}
