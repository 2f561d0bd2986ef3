import { readFile } from 'node:fs/promises';
import { ConfigError } from '../errs/index.js';
import { appIdText, checkSecret, type QQBotCredentials } from './credentials.js';

/** Reads `appid` and `token`. @internal */
export async function loadTokenFile(file: string): Promise<{ appId: string; token: string }> {
  const { appid, token } = await readKeys(file, ['appid', 'token']);
  return { appId: appIdText(appid), token: checkSecret('token', token) };
}

/**
 * Reads a bot's credentials from a YAML file with the keys `appid` and `secret`, as BotGo ≥ 0.1.7 keeps them.
 * @throws {ConfigError} when the file cannot be read, or a key is missing or empty.
 */
export async function loadCredentialsFromConfig(file: string): Promise<QQBotCredentials> {
  const { appid, secret } = await readKeys(file, ['appid', 'secret']);
  return { appId: appIdText(appid), secret: checkSecret('secret', secret) };
}

async function readKeys<Key extends string>(
  file: string,
  keys: readonly Key[],
): Promise<Record<Key, string>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`The configuration file ${file} cannot be read`, { cause });
  }
  const found = parseFlatYaml(text, file);
  const missing = keys.filter((key) => !found.get(key));
  if (missing.length > 0)
    throw new ConfigError(`The configuration file ${file} lacks ${missing.join(' and ')}`);
  return Object.fromEntries(keys.map((key) => [key, found.get(key) ?? ''])) as Record<Key, string>;
}

/**
 * The YAML of such files: `key: value` lines, comments, quotes. Nested values are passed over, and every value is read as text, so
 * that an app id above 2^53 keeps its digits.
 */
export function parseFlatYaml(text: string, file: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const match = /^(["']?)([\w-]+)\1\s*:(?:\s+(.*))?$/.exec(line);
    if (!match) continue;
    const key = match[2] ?? '';
    if (found.has(key)) throw new ConfigError(`${file}:${index + 1}: ${key} is given twice`);
    const value = parseScalar((match[3] ?? '').trim());
    if (value === undefined)
      throw new ConfigError(`${file}:${index + 1}: the value of ${key} is not one plain text`);
    found.set(key, value);
  }
  return found;
}

function parseScalar(text: string): string | undefined {
  if (text.startsWith('"')) return parseDoubleQuoted(text);
  if (text.startsWith("'")) return /^'((?:[^']|'')*)'(?:\s+#.*|\s*)$/.exec(text)?.[1]?.replaceAll("''", "'");
  if (/^[[{|>&*!%@`]/.test(text)) return undefined;
  const plain = text.replace(/(?:^|\s)#.*$/, '').trim();
  return plain === '~' || plain === 'null' ? '' : plain;
}

function parseDoubleQuoted(text: string): string | undefined {
  const quoted = /^("(?:[^"\\]|\\.)*")(?:\s+#.*|\s*)$/.exec(text)?.[1];
  if (quoted === undefined) return undefined;
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}
