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
  const client = {
    createProducer: () => Promise.reject(new Error('nobody asks')),
    subscribe: () => Promise.reject(new Error('nobody asks')),
    createReader: () => Promise.reject(new Error('nobody asks')),
  };
  it.each([
    ['neither a url nor a client', () => pulsarPublisher({ topic: 't' }), /either url or client/],
    ['both of them', () => pulsarSource({ url, client, topic: 't' }), /either url or client/],
    [
      'a namespace that is none',
      () => pulsarSource({ client, namespace: 'a', topic: 't' }),
      /tenant\/namespace/,
    ],
    [
      'a topic for notes with a slash',
      () => pulsarSource({ url, topic: 't', inFlightTopic: 'a/b' }),
      /inFlightTopic/,
    ],
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

describe('an injected client', () => {
  const refusing = (reason: string) => ({
    createProducer: () => Promise.reject(new Error(reason)),
    subscribe: () => Promise.reject(new Error(reason)),
    createReader: () => Promise.reject(new Error(reason)),
  });

  it('is asked for the topic of its namespace, and its refusal says who must act', async () => {
    const topics: string[] = [];
    const client = {
      ...refusing('Failed to create producer: AuthorizationError'),
      subscribe: ({ topic }: { topic: string }) => {
        topics.push(topic);
        return Promise.reject(new Error('Failed to create consumer: AuthorizationError'));
      },
    };
    const publisher = pulsarPublisher({ client, namespace: 'me/bots', topic: 'events' });
    await expect(publisher.open()).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
    expect(topics).toEqual(['persistent://me/bots/events']);
  });

  it('may fail for a while', async () => {
    const publisher = pulsarPublisher({ client: refusing('ConnectError'), topic: 't', groups: [] });
    await expect(publisher.open()).rejects.toMatchObject({ code: 'BOTGO_BROKER' });
  });

  it('tells no lag without the admin API', async () => {
    const source = pulsarSource({ client: refusing('no'), topic: 't' });
    await expect(source.lag()).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
  });
});
