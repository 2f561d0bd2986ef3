import { ElemType, type RichText, ThreadFormat } from 'botgo/dto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOT, FORUM, GUILD, openTour, PINE, refusal, TIMESTAMP, type Tour, WILLOW } from './tour.js';

let tour: Tour;
beforeEach(async () => {
  tour = await openTour();
});
afterEach(() => tour[Symbol.asyncDispose]());

describe('the forum', () => {
  it('takes a thread after its audit', async () => {
    const task = await tour.api.putThread(FORUM, { title: 'hello', content: 'one\ntwo', format: 1 });
    expect(task).toEqual({ task_id: expect.any(String), create_time: expect.stringMatching(/^\d+$/) });
    tour.clock.advance(500);
    expect(await tour.next('FORUM_PUBLISH_AUDIT_RESULT')).toMatchObject({ task_id: task.task_id, result: 0 });
    const { thread_info } = await tour.next('FORUM_THREAD_CREATE');
    const { threads, is_finish } = await tour.api.threads(FORUM);
    expect(is_finish).toBe(1);
    expect(threads).toMatchObject([{ author_id: BOT, thread_info: { title: 'hello' } }]);
    expect(threads[0]?.thread_info.thread_id).toBe(thread_info.thread_id);
    expect(await tour.api.thread(FORUM, thread_info.thread_id)).toEqual(threads[0]);
    const titles: unknown[] = [];
    for await (const thread of tour.api.each.threads(FORUM)) titles.push(thread.thread_info.title);
    expect(titles).toEqual(['hello']);
    await tour.api.deleteThread(FORUM, thread_info.thread_id);
    expect(await tour.next('FORUM_THREAD_DELETE')).toMatchObject({ channel_id: FORUM });
    expect(await refusal(tour.api.thread(FORUM, thread_info.thread_id))).toBe(503012);
  });

  it('keeps pictures, films and links of a rich text', async () => {
    const given: RichText = {
      paragraphs: [
        {
          elems: [
            {
              type: ElemType.Text,
              text: { text: 'look', props: { font_bold: true, italic: true, underline: true } },
            },
            { type: ElemType.Image, image: { third_url: 'https://media.example/a.png', width_percent: 0.5 } },
            { type: ElemType.Video, video: { third_url: 'https://media.example/a.mp4' } },
            { type: ElemType.URL, url: { url: 'https://bot.example', desc: 'more' } },
          ],
          props: { alignment: 1 },
        },
        { elems: [], props: {} },
      ],
    };
    await tour.api.putThread(FORUM, {
      title: 'rich',
      content: JSON.stringify(given),
      format: ThreadFormat.JSON,
    });
    tour.clock.advance(500);
    const { thread_info } = await tour.next('FORUM_THREAD_CREATE');
    const kept = JSON.parse(String(thread_info.content)) as RichText;
    const image = { url: expect.any(String), width: 0, height: 0, image_id: expect.any(String) };
    expect(kept.paragraphs[0]?.elems).toEqual([
      given.paragraphs[0]?.elems?.[0],
      {
        type: ElemType.Image,
        image: {
          third_url: 'https://media.example/a.png',
          width_percent: 0.5,
          plat_image: { ...image, url: 'https://media.example/a.png' },
        },
      },
      {
        type: ElemType.Video,
        video: {
          third_url: 'https://media.example/a.mp4',
          plat_video: {
            url: 'https://media.example/a.mp4',
            width: 0,
            height: 0,
            video_id: expect.any(String),
            duration: 0,
            cover: image,
          },
        },
      },
      given.paragraphs[0]?.elems?.[3],
    ]);
  });

  it('tells what people write, change and delete, with and without its text', async () => {
    const place = { guild_id: GUILD, channel_id: FORUM, author_id: PINE };
    const plain = (text: unknown) =>
      (JSON.parse(String(text)) as RichText).paragraphs[0]?.elems?.[0]?.text?.text;
    const channel = { channelId: FORUM } as const;
    const from = { from: PINE, content: 'green, please' };
    const { id: threadId = '' } = tour.control.act({
      act: 'create-thread',
      ...channel,
      ...from,
      title: 'tea',
    });
    const created = await tour.next('FORUM_THREAD_CREATE');
    expect(created).toMatchObject({ ...place, thread_info: { thread_id: threadId } });
    expect([plain(created.thread_info.title), plain(created.thread_info.content)]).toEqual([
      'tea',
      'green, please',
    ]);
    expect(created.thread_info.date_time).toMatch(TIMESTAMP);
    expect(await tour.next('OPEN_FORUM_THREAD_CREATE')).toEqual(place);

    const thread = { ...channel, threadId };
    tour.control.act({ act: 'update-thread', ...thread, title: 'coffee' });
    const updated = await tour.next('FORUM_THREAD_UPDATE');
    expect(plain(updated.thread_info.title)).toBe('coffee');
    expect(await tour.next('OPEN_FORUM_THREAD_UPDATE')).toEqual(place);

    const { id: postId = '' } = tour.control.act({
      act: 'create-post',
      ...thread,
      from: WILLOW,
      content: 'black',
    });
    const posted = await tour.next('FORUM_POST_CREATE');
    expect(posted).toMatchObject({
      ...place,
      author_id: WILLOW,
      post_info: { thread_id: threadId, post_id: postId },
    });
    expect(plain(posted.post_info.content)).toBe('black');
    expect(posted.post_info.date_time).toMatch(TIMESTAMP);
    expect(await tour.next('OPEN_FORUM_POST_CREATE')).toEqual({ ...place, author_id: WILLOW });

    const post = { ...thread, postId };
    const { id: replyId = '' } = tour.control.act({
      act: 'create-reply',
      ...post,
      from: PINE,
      content: 'no',
    });
    const replied = await tour.next('FORUM_REPLY_CREATE');
    expect(replied).toMatchObject({
      ...place,
      reply_info: { thread_id: threadId, post_id: postId, reply_id: replyId },
    });
    expect(plain(replied.reply_info.content)).toBe('no');
    expect(replied.reply_info.date_time).toMatch(TIMESTAMP);
    expect(await tour.next('OPEN_FORUM_REPLY_CREATE')).toEqual(place);

    tour.control.act({ act: 'delete-reply', ...post, replyId });
    expect(await tour.next('FORUM_REPLY_DELETE')).toMatchObject({ reply_info: { reply_id: replyId } });
    expect(await tour.next('OPEN_FORUM_REPLY_DELETE')).toEqual(place);
    tour.control.act({ act: 'delete-post', ...post });
    expect(await tour.next('FORUM_POST_DELETE')).toMatchObject({ post_info: { post_id: postId } });
    expect(await tour.next('OPEN_FORUM_POST_DELETE')).toMatchObject({ author_id: WILLOW });
    tour.control.act({ act: 'delete-thread', ...thread });
    expect(await tour.next('FORUM_THREAD_DELETE')).toMatchObject({ thread_info: { thread_id: threadId } });
    expect(await tour.next('OPEN_FORUM_THREAD_DELETE')).toEqual(place);
  });
});
