import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('says what to install when kafkajs is missing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'botgo-no-kafkajs-'));
  const packages = fileURLToPath(new URL('../..', import.meta.url));
  const installed = join(folder, 'node_modules/@botgo/relay');
  mkdirSync(join(folder, 'node_modules/@botgo'), { recursive: true });
  for (const part of ['package.json', 'dist'])
    cpSync(join(packages, 'relay', part), join(installed, part), { recursive: true });
  symlinkSync(join(packages, 'botgo'), join(folder, 'node_modules/botgo'));
  const program = `
    import { kafkaPublisher, kafkaSource } from '@botgo/relay/kafka';
    const target = { url: 'kafka://127.0.0.1:1', topic: 't' };
    const tell = (error) => console.log(error.code, error.message);
    await kafkaPublisher(target).open().catch(tell);
    await kafkaSource(target).lag().catch(tell);`;
  writeFileSync(join(folder, 'program.mjs'), program);
  const printed = execFileSync(process.execPath, [join(folder, 'program.mjs')], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  const sentence = 'BOTGO_CONFIG the relay over Kafka needs the package kafkajs: npm install kafkajs@2.2.4';
  expect(printed.trim().split('\n')).toEqual([sentence, sentence]);
});
