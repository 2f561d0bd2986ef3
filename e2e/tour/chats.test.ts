import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GROUP, openTour, refusal, sent, TIMESTAMP, type Tour, USER } from './tour.js';

let tour: Tour;
beforeEach(async () => {
  tour = await openTour();
});
afterEach(() => tour[Symbol.asyncDispose]());

const sayC2C = (content: string): string =>
  tour.control.say({ scene: 'c2c', target: USER, content }).messageId;

describe('messages to users', () => {
  it('answer, tell that the bot is typing, and are taken back in time', async () => {
    const msg_id = sayC2C('hello');
    sent(await tour.api.sendInputNotify(USER, { input_type: 1, input_second: 5 }, { msg_id, msg_seq: 1 }));
    const answer = sent(
      await tour.api.postC2CMessage(USER, { msg_type: 0, content: 'hi', msg_id, msg_seq: 2 }),
    );
    expect(answer).toMatchObject({
      id: expect.any(String),
      timestamp: expect.stringMatching(TIMESTAMP),
      ext_info: { ref_idx: expect.stringMatching(/^REFIDX_/) },
    });
    expect(
      tour.control.outbox({ scene: 'c2c' }).map(({ replyTo, body }) => [replyTo, body.msg_type]),
    ).toEqual([
      [msg_id, 6],
      [msg_id, 0],
    ]);
    const again = await tour.api
      .postC2CMessage(USER, { msg_type: 0, content: 'hi', msg_id, msg_seq: 2 })
      .catch((error: unknown) => error);
    expect(again).toMatchObject({ platformCode: 40054005 });
    await tour.api.retractC2CMessage(USER, answer.id);
    const late = sent(
      await tour.api.postC2CMessage(USER, { msg_type: 0, content: 'ho', msg_id, msg_seq: 3 }),
    );
    tour.clock.advance(121_000);
    expect([306011, 40064004]).toContain(await refusal(tour.api.retractC2CMessage(USER, late.id)));
  });

  it('grow slice by slice', async () => {
    const msg_id = sayC2C('tell me a story');
    const slice = { content_type: 'text', input_mode: 'append', msg_id, msg_seq: 1 };
    const first = await tour.api.postC2CStreamMessage(USER, {
      ...slice,
      index: 0,
      input_state: 1,
      content_raw: 'once upon ',
    });
    expect(first).toMatchObject({ id: expect.any(String), remain_msg_len: expect.any(Number) });
    const last = await tour.api.postC2CStreamMessage(USER, {
      ...slice,
      index: 1,
      input_state: 10,
      content_raw: 'a time',
      stream_msg_id: first.id,
    });
    expect(last.id).toBe(first.id);
    expect(tour.control.outbox()).toMatchObject([{ messageId: first.id, content: 'once upon a time' }]);
  });
});

describe('messages to groups', () => {
  it('answer, and are taken back in time', async () => {
    const msg_id = tour.control.say({ scene: 'group', target: GROUP, content: 'hello' }).messageId;
    const markdown = { content: '# hi' };
    const answer = sent(
      await tour.api.postGroupMessage(GROUP, { msg_type: 2, markdown, msg_id, msg_seq: 1 }),
    );
    expect(tour.control.outbox({ scene: 'group' })).toMatchObject([
      { messageId: answer.id, target: GROUP, replyTo: msg_id, body: { markdown } },
    ]);
    await tour.api.retractGroupMessage(GROUP, answer.id);
    tour.control.act({ act: 'refuse-proactive', groupOpenid: GROUP });
    expect(await refusal(tour.api.postGroupMessage(GROUP, { msg_type: 0, content: 'news' }))).toBe(40034105);
  });
});

describe('buttons', () => {
  it('are answered once, in time', async () => {
    const click = { act: 'click', scene: 'c2c', target: USER, buttonId: 'ok', data: 'yes' } as const;
    const { interactionId = '' } = tour.control.act(click);
    const event = await tour.next('INTERACTION_CREATE');
    expect(event).toMatchObject({
      id: interactionId,
      user_openid: USER,
      data: { type: 11, resolved: { button_id: 'ok', button_data: 'yes' } },
    });
    await tour.api.putInteraction(event.id, { code: 0 });
    expect(tour.control.interaction({ id: interactionId })).toEqual({ code: 0 });
    expect(await refusal(tour.api.putInteraction(event.id, { code: 0 }))).toBe(630005);
    const { interactionId: late = '' } = tour.control.act(click);
    tour.clock.advance(3_001);
    expect(await refusal(tour.api.putInteraction(late, { code: 0 }))).toBe(630005);
  });
});

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(100, 7)]);
const hash = (name: 'md5' | 'sha1') => createHash(name).update(png).digest('hex');

describe.each([
  {
    receiver: 'users',
    openid: USER,
    post: () => tour.api.postC2CFile,
    prepare: () => tour.api.prepareC2CUpload,
    finish: () => tour.api.finishC2CUploadPart,
    complete: () => tour.api.completeC2CUpload,
    send: (file_info: string) => tour.api.postC2CMessage(USER, { msg_type: 7, media: { file_info } }),
  },
  {
    receiver: 'groups',
    openid: GROUP,
    post: () => tour.api.postGroupFile,
    prepare: () => tour.api.prepareGroupUpload,
    finish: () => tour.api.finishGroupUploadPart,
    complete: () => tour.api.completeGroupUpload,
    send: (file_info: string) => tour.api.postGroupMessage(GROUP, { msg_type: 7, media: { file_info } }),
  },
])('files for $receiver', ({ openid, post, prepare, finish, complete, send }) => {
  it('are fetched by the platform, and sent as often as one likes', async () => {
    const file = await post()(openid, {
      file_type: 1,
      url: 'https://media.example/a.png',
      file_name: 'a.png',
    });
    expect(file).toEqual({ file_uuid: expect.any(String), file_info: expect.any(String), ttl: 86_400 });
    for (let n = 0; n < 2; n++) sent(await send(file.file_info));
    expect(tour.control.outbox().map(({ body }) => body.media)).toEqual(
      Array(2).fill({ file_info: file.file_info }),
    );
    const file_data = png.toString('base64');
    const there = await post()(openid, { file_type: 1, file_data, srv_send_msg: true });
    expect(there.id).toBe(tour.control.outbox().at(-1)?.messageId);
  });

  it('come in parts', async () => {
    const prepared = await prepare()(openid, {
      file_type: 1,
      file_name: 'a.png',
      file_size: png.length,
      md5: hash('md5'),
      sha1: hash('sha1'),
      md5_10m: hash('md5'),
    });
    expect(prepared).toMatchObject({ upload_id: expect.any(String), parts: [{ index: 0 }] });
    const { upload_id, parts } = prepared;
    expect(await refusal(complete()(openid, upload_id))).toBe(40093001);
    for (const { index, presigned_url } of parts) {
      const { etag } = await tour.api.putUploadPart(presigned_url, png);
      expect(etag).toBe(`"${hash('md5')}"`);
      await finish()(openid, { upload_id, part_index: index, block_size: png.length, md5: hash('md5') });
    }
    const file = await complete()(openid, upload_id, { file_type: 1, file_name: 'a.png' });
    const response = await fetch(file.raw_url ?? '');
    expect(Buffer.from(await response.arrayBuffer()).equals(png)).toBe(true);
    sent(await send(file.file_info));
    expect(tour.control.outbox()).toHaveLength(1);
  });
});
