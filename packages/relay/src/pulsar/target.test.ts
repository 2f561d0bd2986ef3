import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { pulsarPublisher, pulsarSource } from './index.js';
import { readTarget } from './target.js';

describe('the URL of a Pulsar', () => {
  it('names the API, the admin API beside it and a namespace', async () => {
    const place = readTarget({ url: 'pulsar+ws://a:8080' });
    expect(place).toMatchObject({
      socketUrl: 'ws://a:8080/ws/v2',
      adminUrl: 'http://a:8080',
      namespace: 'persistent/public/default',
    });
    expect(await place.headers()).toEqual({});
  });

  it('may hold a token, a tenant and a namespace; all over TLS', async () => {
    const place = readTarget({ url: 'pulsar+wss://:a%40b@[::1]:8443/me/bots', adminUrl: 'https://admin/' });
    expect(place).toMatchObject({
      socketUrl: 'wss://[::1]:8443/ws/v2',
      adminUrl: 'https://admin',
      namespace: 'persistent/me/bots',
    });
    expect(await place.headers()).toEqual({ Authorization: 'Bearer a@b' });
  });

  it('gives way to a token that is asked for each time', async () => {
    let n = 0;
    const place = readTarget({ url: 'pulsar+ws://:old@a:1', token: async () => `token-${++n}` });
    expect(await place.headers()).toEqual({ Authorization: 'Bearer token-1' });
    expect(await place.headers()).toEqual({ Authorization: 'Bearer token-2' });
  });

  it.each(['', 'pulsar://:hunter2@a:1', 'pulsar+ws://:hunter2@a', 'pulsar+ws://:hunter2@a:1/tenant'])(
    'is refused when it cannot be read (%s), without a word of its token',
    (url) => {
      expect(() => readTarget({ url })).toThrow(expect.objectContaining({ code: 'BOTGO_CONFIG' }));
      expect(() => readTarget({ url })).not.toThrow(/hunter2/);
    },
  );
});

describe('options', () => {
  const url = 'pulsar+ws://localhost:8080';
  it.each([
    ['a topic with a slash', () => pulsarPublisher({ url, topic: 'a/b' }), /topic/],
    ['a group without a name', () => pulsarPublisher({ url, topic: 't', groups: [''] }), /groups/],
    ['a group with a space', () => pulsarSource({ url, topic: 't', group: 'a b' }), /group/],
    ['no queue', () => pulsarSource({ url, topic: 't', receiverQueueSize: 0 }), /receiverQueueSize/],
    [
      'no topic for the dead',
      () => pulsarSource({ url, topic: 't', deadLetterTopic: '' }),
      /deadLetterTopic/,
    ],
  ])('refuse %s', (_, create, message) => {
    expect(create).toThrow(message);
  });
});

describe('a handshake that is refused', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  it.each([
    [401, 'BOTGO_CONFIG', /token/],
    [403, 'BOTGO_CONFIG', /rights/],
    [404, 'BOTGO_BROKER', /webSocketServiceEnabled/],
    [503, 'BOTGO_BROKER', /503/],
  ])('with %i is %s', async (status, code, message) => {
    server = createServer();
    server.on('upgrade', (_request, socket) => {
      socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\n\r\n`);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const publisher = pulsarPublisher({ url: `pulsar+ws://127.0.0.1:${port}`, topic: 't' });
    const error = await publisher.open().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    await publisher.close();
  });
});
