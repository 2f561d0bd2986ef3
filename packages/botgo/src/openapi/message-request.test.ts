import { expect, test } from 'vitest';
import { encodeForm, messageRequest, repeatOfMessage } from './message-request.js';

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 255]);

test('without a file a message is JSON', () => {
  expect(messageRequest({ content: 'x' })).toEqual({ body: { content: 'x' } });
});

test.each([
  ['bytes', png],
  ['a Blob', new Blob([png])],
])('a file as %s makes a form that others can read', async (_name, file_image) => {
  const request = await messageRequest({ content: 'hello\r\n中文', embed: { title: 't' }, file_image });
  const { contentType = '', content = new Uint8Array() } = request.bytes ?? {};
  expect(request.body).toBeUndefined();
  const form = await new Response(Buffer.from(content), {
    headers: { 'content-type': contentType },
  }).formData();
  expect([...form.keys()]).toEqual(['content', 'embed', 'file_image']);
  expect(form.get('content')).toBe('hello\r\n中文');
  expect(JSON.parse(String(form.get('embed')))).toEqual({ title: 't' });
  const file = form.get('file_image') as File;
  expect([file.name, file.type]).toEqual(['image.png', 'image/png']);
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(png);
});

test('a boundary is never the same, so that no text can contain it', async () => {
  const type = async () => (await messageRequest({ file_image: png })).bytes?.contentType;
  expect(await type()).not.toBe(await type());
});

test.each([
  [[0xff, 0xd8, 0xff], 'image/jpeg'],
  [[0x47, 0x49, 0x46], 'image/gif'],
  [[1, 2, 3], 'application/octet-stream'],
  [[], 'application/octet-stream'],
])('the type of %j is %s', (bytes, type) => {
  expect(Buffer.from(encodeForm('b', {}, new Uint8Array(bytes))).toString('latin1')).toContain(
    `Content-Type: ${type}`,
  );
});

test('a field name cannot break out of its header', () => {
  const form = Buffer.from(encodeForm('b', { 'a"\r\nX: y': 1, gone: undefined }, png)).toString('latin1');
  expect(form).toContain('name="a%22%0D%0AX: y"');
  expect(form).not.toContain('gone');
});

test.each([
  [{ msg_id: 'm', msg_seq: 1 }, 'deduplicated'],
  [{ event_id: 'e', msg_seq: 1 }, 'deduplicated'],
  [{ msg_id: '', msg_seq: 1 }, 'unsafe'],
  [{ msg_id: 'm' }, 'unsafe'],
  [{ msg_seq: 1 }, 'unsafe'],
  [{}, 'unsafe'],
])('sending %j twice is %s', (message, repeat) => {
  expect(repeatOfMessage(message)).toBe(repeat);
});
