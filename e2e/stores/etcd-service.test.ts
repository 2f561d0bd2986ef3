import { describe, expect, inject, it } from 'vitest';
import { startEtcdCluster } from '../services/index.js';

const key = Buffer.from('key').toString('base64');

async function post(url: string, path: string, body: object): Promise<{ count?: string }> {
  const response = await fetch(`${url}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
  return (await response.json()) as { count?: string };
}

describe('etcd for tests', () => {
  it('runs for the whole run', async () => {
    const response = await fetch(`${inject('etcdUrl')}/version`);
    expect(await response.json()).toMatchObject({ etcdserver: expect.stringMatching(/^3\./) as string });
  });

  it('forms a cluster that outlives one of three members, which comes back with its data', async () => {
    const members = await startEtcdCluster(3);
    const [first, second] = members;
    await post(first!.url, 'put', { key, value: key });
    await first!.kill();
    await expect(fetch(`${first!.url}/health`)).rejects.toThrow();
    // The others elect a leader first, and say so to whoever asks meanwhile.
    await expect.poll(() => post(second!.url, 'range', { key })).toMatchObject({ count: '1' });
    await first!.restart();
    await expect.poll(() => post(first!.url, 'range', { key })).toMatchObject({ count: '1' });
    await Promise.all(members.map((member) => member.stop()));
  });
});
