import { FieldError, type Fields, isObject, type JsonObject } from '../json.js';
import type { Platform } from '../platform.js';
import type { Message, MessageOrigin, Scene } from '../world/model.js';
import { elementWire, refIndex } from '../world/payloads.js';

/** `message_type` of what a user sends. Source: objects.md, v2 inbound messages. */
const CARD = 3;
const CHAT_RECORD = 102;
const QUOTE = 103;

/** What a user sends beside text: a quoted message, a card, a record of messages, and from where. */
export interface Beside {
  /** Fields of the event's `d`. */
  readonly extra: JsonObject;
  readonly origin: MessageOrigin;
}

export function readBeside(platform: Platform, input: Fields, scene: Scene, target: string): Beside {
  const quoted = input.has('quote')
    ? messageIn(platform, input, 'quote', input.id('quote'), { scene, target })
    : undefined;
  if (scene === 'channel' || scene === 'dm') {
    for (const key of ['card', 'forward', 'source', 'callbackData'] as const)
      if (input.has(key)) throw new FieldError(input.at(key), 'is for C2C and groups');
    const extra = quoted === undefined ? {} : { message_reference: { message_id: quoted.id } };
    return { extra, origin: {} };
  }
  const { world } = platform;
  const card = input.optionalObject('card');
  const forwarded = input
    .strings('forward', [])
    .map((id) => elementWire(world, messageIn(platform, input, 'forward', id)));
  const source = input.optionalString('source');
  const callbackData = input.optionalString('callbackData');
  const extra = {
    ...(card === undefined ? {} : { message_type: CARD, ark_data: cardOf(card) }),
    ...(forwarded.length === 0 ? {} : { message_type: CHAT_RECORD, msg_elements: forwarded }),
    ...(quoted === undefined
      ? {}
      : {
          message_type: QUOTE,
          msg_elements: [elementWire(world, quoted)],
        }),
  };
  return {
    extra,
    origin: {
      ...(source === undefined ? {} : { source }),
      ...(callbackData === undefined ? {} : { callbackData }),
      ...(quoted === undefined ? {} : { quotes: refIndex(quoted.id) }),
    },
  };
}

function cardOf(card: Fields): JsonObject {
  const data = {
    prompt: card.string('prompt', ''),
    ark_name: card.string('name', '图文'),
    ark_type: card.string('type', 'tuwen'),
    fields: card.optionalObject('fields')?.value ?? {},
  };
  card.noOthers();
  return data;
}

function messageIn(
  { world }: Platform,
  input: Fields,
  key: string,
  id: string,
  place?: { readonly scene: Scene; readonly target: string },
): Message {
  const message = world.messages.get(id);
  const isThere = place === undefined || (message?.scene === place.scene && message.target === place.target);
  if (message !== undefined && isThere) return message;
  throw new FieldError(input.at(key), `names no message there: ${JSON.stringify(id)}`);
}

/** A user's file as given, and what the platform adds to a voice message. */
export function attachmentOf(given: unknown): unknown {
  if (!isObject(given) || given.content_type !== 'voice') return given;
  return { voice_wav_url: `${String(given.url)}.wav`, asr_refer_text: '', ...given };
}
