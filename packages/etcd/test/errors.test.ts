import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { freePorts, startEtcd } from '../../../e2e/services/index.js';
import { certificate, privateKey } from '../../botgo/test/openapi/localhost-certificate.js';
import { etcdCoordinator } from '../src/index.js';
import { disposer, member } from './support.js';

const PASSWORD = 'open-sesame-7421';
const config = expect.objectContaining({ code: 'BOTGO_CONFIG' }) as Error;

describe('an etcd that cannot be used', () => {
  const keep = disposer();
  const open = (endpoints: string | string[], more: object = {}) =>
    keep(etcdCoordinator({ endpoints, appId: '102', timeoutMs: 500, refillGraceMs: 0, ...more }), (store) =>
      store.close(),
    );
  /** Answers each path with a status and text; 404 for others. */
  const server = async (answers: Record<string, string>): Promise<string> => {
    const http = createServer((incoming, outgoing) => {
      const answer = answers[incoming.url ?? ''];
      outgoing.writeHead(answer === undefined ? 404 : 200).end(answer ?? 'Not Found');
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    keep(http, (s) => {
      s.closeAllConnections();
      s.close();
    });
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  };

  it('refuses options that cannot be', () => {
    const endpoints = 'http://127.0.0.1:2379';
    expect(() => etcdCoordinator({ endpoints: [], appId: '102' })).toThrow(config);
    expect(() => etcdCoordinator({ endpoints: 'somewhere', appId: '102' })).toThrow(config);
    expect(() => etcdCoordinator({ endpoints: 'redis://127.0.0.1', appId: '102' })).toThrow(config);
    expect(() => etcdCoordinator({ endpoints: 'http://me:secret@127.0.0.1', appId: '102' })).toThrow(config);
    expect(() => etcdCoordinator({ endpoints })).toThrow(config);
    expect(() => etcdCoordinator({ endpoints, prefix: 'a/b' })).toThrow(config);
    expect(() => etcdCoordinator({ endpoints, appId: '102', timeoutMs: 0 })).toThrow(config);
    expect(() => etcdCoordinator({ endpoints, appId: '102', pollMs: 0 })).toThrow(config);
    expect(() => etcdCoordinator({ endpoints, appId: '102', refillGraceMs: -1 })).toThrow(config);
  });

  it('says that etcd cannot be reached', async () => {
    const [port] = await freePorts(1);
    await expect(open(`http://127.0.0.1:${port}`).join(member('a'))).rejects.toMatchObject({
      code: 'BOTGO_STORE',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['an etcd of API v2', { '/version': '{"etcdserver":"2.3.8","etcdcluster":"2.3.0"}' }, /3\.4.*2\.3\.8/],
    ['an etcd before 3.4', { '/version': '{"etcdserver":"3.3.27","etcdcluster":"3.3.0"}' }, /3\.4.*3\.3\.27/],
    ['an etcd without the gateway', { '/version': '{"etcdserver":"3.5.9"}' }, /enable-grpc-gateway/],
    ['something that is not etcd', {}, /not etcd/],
  ])('says what is wrong about %s', async (_, answers, message) => {
    const url = await server(answers);
    const error = { code: 'BOTGO_STORE', message: expect.stringMatching(message) as string };
    await expect(open(url).view()).rejects.toMatchObject(error);
    await expect(open(url).join(member('a'))).rejects.toMatchObject(error);
  });

  it('says which side speaks TLS and which does not, and whose certificate is not trusted', async () => {
    const plain = await server({ '/version': '{"etcdserver":"3.5.9","etcdcluster":"3.5.0"}' });
    await expect(open(plain.replace('http:', 'https:')).view()).rejects.toMatchObject({
      code: 'BOTGO_STORE',
      message: expect.stringContaining('http://') as string,
    });
    const secure = createSecureServer({ cert: certificate, key: privateKey }, (_, outgoing) =>
      outgoing.end(),
    );
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
    keep(secure, (s) => s.close());
    const { port } = secure.address() as AddressInfo;
    await expect(open(`http://127.0.0.1:${port}`).view()).rejects.toMatchObject({
      code: 'BOTGO_STORE',
      message: expect.stringContaining('https://') as string,
    });
    await expect(open(`https://localhost:${port}`).view()).rejects.toMatchObject({
      code: 'BOTGO_STORE',
      message: expect.stringContaining('tls.ca') as string,
    });
  });

  it('says that there is no authentication where a user is given', async () => {
    const etcd = keep(await startEtcd(), (service) => service.stop());
    const auth = { username: 'root', password: PASSWORD };
    await expect(open(etcd.url, { auth }).view()).rejects.toMatchObject({
      code: 'BOTGO_STORE',
      message: expect.stringContaining('leave the option auth out') as string,
    });
  });

  it('takes user name and password, says when they are wrong or missing, and never shows them', async () => {
    const etcd = keep(await startEtcd(), (service) => service.stop());
    const post = async (path: string, body: object): Promise<void> => {
      await fetch(`${etcd.url}/v3/auth/${path}`, { method: 'POST', body: JSON.stringify(body) });
    };
    await post('user/add', { name: 'root', password: PASSWORD });
    await post('role/add', { name: 'root' });
    await post('user/grant', { user: 'root', role: 'root' });
    await post('enable', {});
    const auth = { username: 'root', password: PASSWORD };
    const store = open(etcd.url, { auth });
    const a = await store.join(member('a'));
    expect(await a.claim(['x'])).toHaveLength(1);
    const wrong: unknown = await open(etcd.url, { auth: { username: 'root', password: `${PASSWORD}?` } })
      .view()
      .catch((error: unknown) => error);
    expect(wrong).toMatchObject({
      code: 'BOTGO_STORE',
      message: expect.stringContaining('refused the user name or password') as string,
    });
    expect(inspect(wrong, { depth: 9, showHidden: true })).not.toContain(PASSWORD);
    await expect(open(etcd.url).view()).rejects.toMatchObject({
      code: 'BOTGO_STORE',
      message: expect.stringContaining('give the option auth') as string,
    });
  });
});
