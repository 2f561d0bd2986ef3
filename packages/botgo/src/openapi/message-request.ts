import { randomBytes } from 'node:crypto';
import type { ChannelMessageToCreate } from '../dto/index.js';
import type { CallRequest } from './call.js';
import type { Repeat } from './endpoint.js';

/** A message to a channel or DM as a request: JSON, or a form when there is a file in it. */
export function messageRequest(message: ChannelMessageToCreate): CallRequest | Promise<CallRequest> {
  return message.file_image === undefined ? { body: message } : formRequest(message, message.file_image);
}

async function formRequest(
  message: ChannelMessageToCreate,
  file: NonNullable<ChannelMessageToCreate['file_image']>,
): Promise<CallRequest> {
  const bytes = file instanceof Uint8Array ? file : new Uint8Array(await file.arrayBuffer());
  const { file_image: _file, ...fields } = message;
  const boundary = `botgo-${randomBytes(16).toString('hex')}`;
  return {
    bytes: {
      contentType: `multipart/form-data; boundary=${boundary}`,
      content: encodeForm(boundary, fields, bytes),
    },
  };
}

/**
 * The form that the platform takes: text fields as they are, objects as JSON, the file as `file_image`. Source: bot-docs.
 * @param boundary - Must not occur in the values; random, so that nobody can write it into a message.
 */
export function encodeForm(
  boundary: string,
  fields: Readonly<Record<string, unknown>>,
  file: Uint8Array,
): Uint8Array {
  const parts: (string | Uint8Array)[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const escaped = name.replace(/[\r\n"]/g, encodeURIComponent);
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${escaped}"\r\n\r\n${text}\r\n`);
  }
  const { type, extension } = imageKind(file);
  parts.push(
    `--${boundary}\r\nContent-Disposition: form-data; name="file_image"; filename="image.${extension}"\r\nContent-Type: ${type}\r\n\r\n`,
    file,
    `\r\n--${boundary}--\r\n`,
  );
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** By the file's first bytes: the platform takes png and jpg. */
function imageKind(file: Uint8Array): { type: string; extension: string } {
  const [first, second, third] = file;
  if (first === 0x89 && second === 0x50) return { type: 'image/png', extension: 'png' };
  if (first === 0xff && second === 0xd8 && third === 0xff) return { type: 'image/jpeg', extension: 'jpg' };
  if (first === 0x47 && second === 0x49) return { type: 'image/gif', extension: 'gif' };
  return { type: 'application/octet-stream', extension: 'bin' };
}

/** A message to a user or a group may be sent again when the platform can tell the copy: by what it answers, and `msg_seq`. */
export function repeatOfMessage(message: object): Repeat {
  const { msg_id, event_id, msg_seq } = message as Record<string, unknown>;
  const answers =
    (typeof msg_id === 'string' && msg_id !== '') || (typeof event_id === 'string' && event_id !== '');
  return answers && typeof msg_seq === 'number' ? 'deduplicated' : 'unsafe';
}
