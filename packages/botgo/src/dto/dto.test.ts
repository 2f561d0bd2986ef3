import { expect, it } from 'vitest';
import {
  attachmentUrl,
  colorParts,
  defaultColor,
  ReactionTargetType,
  reactionTargetType,
  rgbColor,
  SendType,
  sendType,
} from './index.js';

it('takes role colours apart and puts them together', () => {
  expect(defaultColor).toBe(4278245297);
  expect(colorParts(defaultColor)).toEqual({ alpha: 255, red: 0, green: 215, blue: 177 });
  expect(rgbColor(0, 215, 177)).toBe(defaultColor);
});

it('reads reaction targets as numbers and as names', () => {
  expect(reactionTargetType(3)).toBe(3);
  expect(reactionTargetType(17)).toBe(17);
  expect(reactionTargetType('ReactionTargetType_COMMNENT')).toBe(ReactionTargetType.Comment);
  expect(reactionTargetType('toString')).toBeUndefined();
});

it('gives an attachment without a scheme one', () => {
  expect(attachmentUrl({ url: 'img.example/a.png' })).toBe('https://img.example/a.png');
  expect(attachmentUrl({ url: '//img.example/a.png' })).toBe('https://img.example/a.png');
  expect(attachmentUrl({ url: 'http://img.example/a.png' })).toBe('http://img.example/a.png');
});

it('tells uploads from messages', () => {
  expect(sendType({ msg_type: 0, content: 'hi' })).toBe(SendType.Text);
  expect(sendType({ msg_type: 7, media: { file_info: 'x' } })).toBe(SendType.Text);
  expect(sendType({ file_type: 1, url: 'https://img.example/a.png', srv_send_msg: false })).toBe(
    SendType.RichMedia,
  );
  expect(sendType({ upload_id: 'u' })).toBe(SendType.RichMedia);
});
