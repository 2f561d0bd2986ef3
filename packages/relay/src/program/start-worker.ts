import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Bot } from 'botgo/bot';
import { ConfigError } from 'botgo/errs';
import type { WorkerArguments } from './arguments.js';
import { serveHealth } from './health.js';
import { openClaims, openReplies, openSource } from './open.js';
import type { ProgramContext, RunningProgram } from './start-access.js';

/** The logic layer as one process: handlers of a module, events from the broker. @throws {ConfigError} on a bad argument. */
export async function startWorker(
  args: WorkerArguments,
  { secret, logger }: ProgramContext,
): Promise<RunningProgram> {
  const { appId, apiUrl, concurrency, handlerTimeoutMs, replies: repliesUrl } = args;
  const replies = repliesUrl === undefined ? undefined : await openReplies(repliesUrl, appId, logger);
  const addHandlers = await loadHandlers(args.handlers);
  const claims = await openClaims({ ...args, logger });
  const bot = new Bot({
    ...{ appId, secret, concurrency, handlerTimeoutMs, logger },
    claims: claims?.thing,
    sending: replies && { store: replies.thing },
    baseUrl: apiUrl,
    sandbox: args.isSandbox,
  });
  await addHandlers(bot);
  const { thing: source, close } = await openSource({ ...args, logger });
  await bot.from(source);
  let isStopping = false;
  const health = await serveHealth({
    port: args.healthPort,
    host: args.healthHost,
    look() {
      const { isReady, consumer, partitions } = source.status();
      return { isLive: isStopping || bot.status().isLive, isReady, details: { consumer, partitions } };
    },
    lag: () => source.lag(),
  });
  const ended = bot.stopped.finally(async () => {
    health.unref();
    await close();
    await claims?.close();
    await replies?.close();
  });
  ended.catch(() => {});
  const stop = async (): Promise<void> => {
    isStopping = true;
    await bot.stop();
    await ended.catch(() => {});
    await health.close();
  };
  return { healthUrl: health.url, ended, stop };
}

async function loadHandlers(file: string): Promise<(bot: Bot) => unknown> {
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
  } catch (cause) {
    throw new ConfigError(`--handlers: ${file} could not be loaded`, { cause });
  }
  if (typeof loaded.default !== 'function')
    throw new ConfigError(`--handlers: ${file} has no default export that is a function of a Bot`);
  return loaded.default as (bot: Bot) => unknown;
}
