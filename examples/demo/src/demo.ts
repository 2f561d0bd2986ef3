// `npm run demo [-- --json]`: shows what the package does, without waiting for anybody, and ends by itself.
import { tour } from './tour.js';

const json = process.argv.includes('--json');
const say = (line: string) => (json ? console.error(line) : console.log(line));

try {
  const summary = await tour(say);
  const { ok, events, replies, lost, resumed, zombies } = summary;
  if (json) console.log(JSON.stringify(summary));
  else
    console.log(
      `demo: ${events} events, ${replies} replies, ${lost} lost, ${resumed} resumed, ${zombies} ${zombies === 1 ? 'zombie' : 'zombies'} detected`,
    );
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.error(error);
  if (json)
    console.log(
      JSON.stringify({
        ok: false,
        events: 0,
        replies: 0,
        lost: 0,
        resumed: 0,
        zombies: 0,
        shards: 0,
        scenes: 0,
      }),
    );
  process.exitCode = 1;
}
