import type { Destination } from '../acts/destination.js';
import { sendMessage } from '../acts/send.js';
import { MEDIA_TTL_SECONDS, type StoredMedia } from '../media.js';
import { isHttpUrl } from '../rules/content.js';
import { DAY_MS } from '../rules/quotas.js';
import { badRequest, Refusal, refused } from '../rules/refusal.js';
import { digest, type Upload } from '../uploads.js';
import { type Call, ok, optionalText, optionalWhole, type Reply, type Route } from './call.js';
import { friendOf, groupOf } from './places.js';

const UNSUPPORTED = 10000;
const BAD_FORMAT = 850019;
const NOT_DOWNLOADED = 850026;
const TOO_LARGE = 850031;
const TRY_AGAIN = 40093001;
const DAY_USED = 40093002;
const MAX_BYTES = 200 * 1024 * 1024;
/** Uploads of one bot a day. The platform's number is not published. */
const PREPARES_A_DAY = 1_000;

export const fileRoutes: readonly Route[] = (['users/:openid', 'groups/:group_openid'] as const).flatMap(
  (place): Route[] => [
    { method: 'POST', path: `/v2/${place}/files`, handler: upload, perSecond: 50 },
    { method: 'POST', path: `/v2/${place}/upload_prepare`, handler: prepare, perSecond: 10 },
    { method: 'POST', path: `/v2/${place}/upload_part_finish`, handler: finishPart, perSecond: 10 },
  ],
);

function destination(call: Call): Destination & { scene: 'c2c' | 'group' } {
  return call.template.startsWith('/v2/users/')
    ? { scene: 'c2c', friend: friendOf(call) }
    : { scene: 'group', group: groupOf(call) };
}

/** By URL, by base64, or the end of a chunked upload; with `srv_send_msg` it is sent at once. */
function upload(call: Call): Reply {
  const { platform, bot, body } = call;
  const to = destination(call);
  const media = body.upload_id === undefined ? direct(call, to.scene) : completed(call, to.scene);
  const answer = { file_uuid: media.uuid, file_info: media.fileInfo, ttl: MEDIA_TTL_SECONDS };
  if (body.srv_send_msg !== true) {
    const isChunked = body.upload_id !== undefined && media.fileType !== 4;
    return ok(isChunked ? { ...answer, raw_url: media.url } : answer);
  }
  const { event_id, content, msg_seq } = body;
  const message = { msg_type: 7, media: { file_info: media.fileInfo }, event_id, content, msg_seq };
  const sent = sendMessage(platform, bot, to, message);
  if ('message' in sent) return ok({ ...answer, id: sent.message.id });
  throw new Refusal(202, 304023, 'the message waits for its audit', {
    data: { message_audit: { audit_id: sent.auditId } },
  });
}

function typeOf(call: Call): number {
  const type = optionalWhole(call.body.file_type, 'file_type', UNSUPPORTED);
  if (type === undefined || type < 1 || type > 4) throw badRequest(UNSUPPORTED, 'file_type must be 1 to 4');
  return type;
}

function direct(call: Call, scene: 'c2c' | 'group'): StoredMedia {
  const { platform, body, origin } = call;
  const fileType = typeOf(call);
  const url = optionalText(body, 'url', UNSUPPORTED);
  const data = optionalText(body, 'file_data', UNSUPPORTED);
  const base = {
    scene,
    fileType,
    name: optionalText(body, 'file_name', UNSUPPORTED) ?? 'file',
    origin,
    nowMs: platform.clock.now(),
  };
  if (data !== undefined && data !== '') {
    if (!/^[A-Za-z0-9+/\s]*={0,2}$/.test(data)) throw badRequest(UNSUPPORTED, 'file_data is not base64');
    const bytes = Buffer.from(data, 'base64');
    return platform.media.keep({ ...base, bytes, contentType: checkFormat(fileType, bytes) });
  }
  if (url === undefined || url === '') throw badRequest(UNSUPPORTED, 'url or file_data is needed');
  if (!isHttpUrl(url)) throw refused(40034004, 'the URL cannot be downloaded', NOT_DOWNLOADED);
  return platform.media.keep({ ...base, url });
}

const SIGNATURES: readonly (readonly [string, number, string])[] = [
  ['89504e470d0a1a0a', 1, 'image/png'],
  ['ffd8ff', 1, 'image/jpeg'],
  ['474946383', 1, 'image/gif'],
  ['424d', 1, 'image/bmp'],
  ['52494646', 1, 'image/webp'],
];

/** Images are told from their first bytes; a body that is none is refused. Other kinds are taken as they are. */
function checkFormat(fileType: number, bytes: Uint8Array): string {
  if (bytes.length === 0) throw badRequest(BAD_FORMAT, 'the file is empty');
  if (bytes.length > MAX_BYTES) throw badRequest(TOO_LARGE, 'the file is too large');
  const head = Buffer.from(bytes.subarray(0, 12)).toString('hex');
  if (fileType === 1) {
    const found = SIGNATURES.find(([signature]) => head.startsWith(signature));
    if (found === undefined) throw badRequest(BAD_FORMAT, 'not an image');
    return found[2];
  }
  if (fileType === 2) {
    if (!head.slice(8).startsWith('66747970')) throw badRequest(BAD_FORMAT, 'not an mp4 video');
    return 'video/mp4';
  }
  return fileType === 3 ? 'voice' : 'file';
}

function prepare(call: Call): Reply {
  const { platform, bot, body, origin } = call;
  const to = destination(call);
  const fileType = typeOf(call);
  const size = optionalWhole(body.file_size, 'file_size', UNSUPPORTED);
  const name = optionalText(body, 'file_name', UNSUPPORTED) ?? '';
  const md5 = optionalText(body, 'md5', UNSUPPORTED) ?? '';
  const sha1 = optionalText(body, 'sha1', UNSUPPORTED) ?? '';
  const md5Head = optionalText(body, 'md5_10m', UNSUPPORTED) ?? '';
  if (size === undefined || size <= 0 || name === '')
    throw badRequest(UNSUPPORTED, 'file_name and file_size are needed');
  if (size > MAX_BYTES) throw badRequest(TOO_LARGE, 'the file is too large');
  const areDigests =
    /^[0-9a-f]{32}$/i.test(md5) && /^[0-9a-f]{40}$/i.test(sha1) && /^[0-9a-f]{32}$/i.test(md5Head);
  if (!areDigests) throw badRequest(UNSUPPORTED, 'md5, sha1 and md5_10m are needed');
  const full = platform.quotas.take(
    [
      {
        key: `uploads ${bot.appId}`,
        max: PREPARES_A_DAY,
        perMs: DAY_MS,
        refusal: () => refused(DAY_USED, 'the uploads of the day are used'),
      },
    ],
    platform.clock.now(),
  );
  if (full !== undefined) throw full;
  const made = platform.uploads.prepare({
    appId: bot.appId,
    scene: to.scene,
    fileType,
    name,
    size,
    md5,
    sha1,
  });
  return ok({
    upload_id: made.id,
    block_size: String(made.blockSize),
    parts: made.parts.map((_, index) => ({
      index,
      presigned_url: `${origin}/_upload/${made.id}/${index}`,
      block_size: String(platform.uploads.partSize(made, index)),
    })),
    upload_config: { concurrency: platform.switches.uploadConcurrency, retry_timeout: 300, retry_delay: 1 },
  });
}

function uploadOf(call: Call, scene: 'c2c' | 'group'): Upload {
  const found = call.platform.uploads.find(String(call.body.upload_id));
  if (found === undefined || found.appId !== call.bot.appId || found.scene !== scene) {
    throw badRequest(UNSUPPORTED, 'upload_id is wrong');
  }
  return found;
}

function finishPart(call: Call): Reply {
  const { body, platform } = call;
  const found = uploadOf(call, destination(call).scene);
  const index = optionalWhole(body.part_index, 'part_index', UNSUPPORTED) ?? -1;
  const part = found.parts[index];
  if (part === undefined) throw badRequest(UNSUPPORTED, 'part_index is wrong');
  const size = optionalWhole(body.block_size, 'block_size', UNSUPPORTED);
  const { bytes } = part;
  if (bytes === undefined) throw refused(TRY_AGAIN, 'the part has not arrived');
  if (bytes.length !== platform.uploads.partSize(found, index) || (size ?? bytes.length) !== bytes.length) {
    throw badRequest(UNSUPPORTED, 'block_size does not fit the part');
  }
  if (typeof body.md5 === 'string' && body.md5.toLowerCase() !== digest('md5', bytes)) {
    throw refused(TRY_AGAIN, 'md5 does not fit the part');
  }
  part.isFinished = true;
  return ok({});
}

function completed(call: Call, scene: 'c2c' | 'group'): StoredMedia {
  const { platform, origin } = call;
  const found = uploadOf(call, scene);
  const whole = platform.uploads.complete(found);
  if (whole === 'unfinished') throw refused(TRY_AGAIN, 'parts are missing');
  if (whole === 'digest') throw badRequest(BAD_FORMAT, 'the digests do not fit the file');
  return platform.media.keep({
    scene,
    fileType: found.fileType,
    name: found.name,
    bytes: whole,
    contentType: checkFormat(found.fileType, whole),
    origin,
    nowMs: platform.clock.now(),
  });
}
