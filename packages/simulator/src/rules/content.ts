import { isObject, type JsonObject } from '../json.js';
import type { Bot } from '../world/model.js';
import { badRequest, type Refusal, refused } from './refusal.js';

/** What a channel or DM message must look like. Source: messages.md 2, 6, 7, 8; codes: errors.md. */
export function checkGuildContent(bot: Bot, body: JsonObject, hasFile: boolean): void {
  const has = (key: string): boolean => body[key] !== undefined && body[key] !== null && body[key] !== '';
  if (!hasFile && !['content', 'embed', 'ark', 'image', 'markdown'].some(has)) {
    throw badRequest(50006, 'the message is empty');
  }
  if (has('content') && typeof body.content !== 'string') throw badRequest(50035, 'content must be a string');
  if (has('image') && !isHttpUrl(body.image)) throw badRequest(304010, 'the image cannot be copied');
  if (has('markdown')) {
    if (['content', 'embed', 'ark', 'image'].some(has) || hasFile) {
      throw badRequest(50037, 'a markdown message may only carry markdown or keyboard');
    }
    checkMarkdown(bot, body.markdown, false);
  }
  if (has('embed')) checkEmbed(body.embed);
  if (has('ark')) checkArk(bot, body.ark);
  if (has('keyboard')) checkKeyboard(bot, body.keyboard, false);
}

/** What each `msg_type` needs. A missing one is 0: botgo leaves zero values out. */
export function checkRobotContent(bot: Bot, scene: 'c2c' | 'group', body: JsonObject): void {
  const type = body.msg_type ?? 0;
  const content = body.content ?? '';
  if (typeof content !== 'string') throw refused(304061, 'content must be a string');
  const missing = (what: string): Refusal => badRequest(22006, `msg_type ${String(type)} needs ${what}`);
  switch (type) {
    case 0:
      if (content === '') throw missing('content');
      if (content.length > MAX_TEXT) throw refused(40054007, 'the message is too long');
      break;
    case 2:
      if (!isObject(body.markdown)) throw missing('markdown');
      checkMarkdown(bot, body.markdown, true);
      break;
    case 3:
      if (!isObject(body.ark)) throw missing('ark');
      checkArk(bot, body.ark);
      break;
    case 6:
      if (scene !== 'c2c') throw badRequest(340069, 'msg_type 6 is for C2C only');
      checkInputNotify(body.input_notify);
      break;
    case 7:
      if (!isObject(body.media) || typeof body.media.file_info !== 'string') {
        throw missing('media.file_info');
      }
      break;
    default:
      throw badRequest(340069, 'msg_type is not valid here');
  }
  if (body.keyboard !== undefined && body.keyboard !== null) checkKeyboard(bot, body.keyboard, true);
}

const MAX_TEXT = 10_000;
const MAX_MARKDOWN = 10_000;
const MAX_EMBED_FIELDS = 20;
const ARK_TEMPLATES = new Set([23, 24, 37]);

function checkMarkdown(bot: Bot, markdown: unknown, isRobot: boolean): void {
  if (!isObject(markdown))
    throw isRobot ? refused(40034011, 'invalid markdown') : badRequest(50055, 'invalid markdown');
  const { content, custom_template_id, template_id, params } = markdown;
  const hasContent = typeof content === 'string' && content !== '';
  const hasTemplate =
    (typeof custom_template_id === 'string' && custom_template_id !== '') ||
    (template_id !== undefined && template_id !== 0);
  if (hasContent && hasTemplate) throw badRequest(50057, 'native markdown and a template exclude each other');
  if (!hasContent && !hasTemplate) {
    throw isRobot ? refused(40034008, 'the markdown is empty') : badRequest(50041, 'the markdown is empty');
  }
  if (!bot.abilities.has('markdown')) {
    if (isRobot) throw refused(hasContent ? 40034090 : 40034127, 'no right to markdown');
    throw badRequest(hasContent ? 50056 : 304036, 'no right to markdown');
  }
  if (hasContent && content.length > MAX_MARKDOWN) throw refused(40054007, 'the message is too long');
  if (params === undefined || params === null) return;
  if (!Array.isArray(params)) throw badRequest(50054, 'params must be a list');
  for (const param of params as readonly unknown[]) checkMarkdownParam(param, isRobot);
}

function checkMarkdownParam(param: unknown, isRobot: boolean): void {
  if (!isObject(param) || typeof param.key !== 'string' || !Array.isArray(param.values)) {
    throw badRequest(50054, 'a markdown parameter needs key and values');
  }
  for (const value of param.values as readonly unknown[]) {
    if (typeof value !== 'string' || value === '') throw badRequest(50041, 'a markdown value is empty');
    if (isRobot && /[\r\n]/.test(value)) throw refused(40034009, 'a line break in a markdown parameter');
  }
}

function checkKeyboard(bot: Bot, keyboard: unknown, isRobot: boolean): void {
  if (!bot.abilities.has('keyboard')) throw badRequest(304037, 'no right to keyboards');
  if (!isObject(keyboard)) throw badRequest(304039, 'the keyboard cannot be parsed');
  if (typeof keyboard.id === 'string' && keyboard.id !== '') return;
  const content = keyboard.content;
  if (!isObject(content) || !Array.isArray(content.rows))
    throw badRequest(304039, 'the keyboard has no rows');
  const rows = content.rows as readonly unknown[];
  const tooMany = (): Refusal =>
    isRobot
      ? refused(40034029, 'at most 5 rows of 5 buttons')
      : badRequest(304040, 'at most 5 rows of 5 buttons');
  if (rows.length > 5) throw tooMany();
  for (const row of rows) {
    const buttons = isObject(row) ? row.buttons : undefined;
    if (!Array.isArray(buttons)) throw badRequest(304039, 'a row has no buttons');
    if (buttons.length > 5) throw tooMany();
    for (const button of buttons as readonly unknown[]) checkButton(button);
  }
}

function checkButton(button: unknown): void {
  const render = isObject(button) ? button.render_data : undefined;
  const action = isObject(button) ? button.action : undefined;
  if (!isObject(render) || typeof render.label !== 'string') {
    throw badRequest(304040, 'a button needs render_data.label');
  }
  if (!isObject(action)) throw badRequest(304040, 'a button needs an action');
  const type = action.type ?? 0;
  if (typeof type !== 'number' || type < 0 || type > 4) throw badRequest(304040, 'action.type is not known');
  const style = render.style ?? 0;
  if (typeof style !== 'number' || style < 0 || style > 4)
    throw badRequest(305007, 'the button style is not known');
}

function checkArk(bot: Bot, ark: unknown): void {
  if (!bot.abilities.has('ark')) throw badRequest(304004, 'no right to ark');
  // The documents' multipart sample wraps the value once more.
  const inner = isObject(ark) && isObject(ark.ark) ? ark.ark : ark;
  const template = isObject(inner) ? Number(inner.template_id) : Number.NaN;
  if (!Number.isInteger(template) || template <= 0)
    throw badRequest(304011, 'the ark template does not exist');
  if (template < 100 && !ARK_TEMPLATES.has(template))
    throw badRequest(304011, 'the ark template does not exist');
}

function checkEmbed(embed: unknown): void {
  if (!isObject(embed)) throw badRequest(304061, 'embed must be an object');
  const fields = embed.fields;
  if (Array.isArray(fields) && fields.length > MAX_EMBED_FIELDS)
    throw badRequest(304005, 'the embed is too long');
}

function checkInputNotify(notify: unknown): void {
  const type = isObject(notify) ? notify.input_type : undefined;
  const seconds = isObject(notify) ? (notify.input_second ?? 1) : undefined;
  const typeFits = typeof type === 'number' && type >= 1 && type <= 5;
  const secondsFit = typeof seconds === 'number' && seconds >= 1 && seconds <= 60;
  if (!typeFits || !secondsFit)
    throw badRequest(50059, 'input_notify needs input_type 1 to 5 and 1 to 60 seconds');
}

export function isHttpUrl(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\/[^\s]+$/.test(value);
}
