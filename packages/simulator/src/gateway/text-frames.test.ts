import { describe, expect, it } from 'vitest';
import { encodeTextFrames } from './text-frames.js';

describe('encodeTextFrames', () => {
  it.each([
    [0, [0x81, 0]],
    [125, [0x81, 125]],
    [126, [0x81, 126, 0, 126]],
    [65_535, [0x81, 126, 0xff, 0xff]],
    [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
  ])('writes a text of %i bytes behind its header', (length, header) => {
    const frame = encodeTextFrames(['x'.repeat(length)]);
    expect([...frame.subarray(0, header.length)]).toEqual(header);
    expect(frame.length).toBe(header.length + length);
  });

  it('counts bytes, not characters, and puts frames behind each other', () => {
    const frames = encodeTextFrames(['频道', 'a']);
    expect(frames).toEqual(Buffer.from([0x81, 6, ...Buffer.from('频道'), 0x81, 1, 0x61]));
  });
});
