// `npm run cluster [-- --json | --stay]`: 20 shards over processes that come, go and die. `--stay` lets you do it yourself.
import { createInterface } from 'node:readline';
import { Story } from './story.js';

const json = process.argv.includes('--json');
const say = (line: string) => (json ? console.error(line) : console.log(line));

const COMMANDS = 'start | kill N | stop N | quit';

try {
  const story = await Story.open(process.env.REDIS_URL, say);
  try {
    const summary = process.argv.includes('--stay') ? await play(story) : await story.tell();
    const { ok, events, replies, lost, identifies, resumes } = summary;
    if (json) console.log(JSON.stringify(summary));
    else
      console.log(
        `cluster: ${events} events, ${replies} replies, ${lost} lost, ${identifies} sessions begun, ${resumes} resumed`,
      );
    process.exitCode = ok ? 0 : 1;
  } finally {
    await story.close();
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Reads a command a line until `quit`, Ctrl-C or the end of the input. */
async function play(story: Story) {
  await story.start();
  await story.start();
  await story.untilShared();
  story.talk();
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: `${COMMANDS} > ` });
  // A Ctrl-C is passed to every process of the terminal: the bot's hand over, and so does this one.
  lines.on('SIGINT', () => lines.close());
  lines.prompt();
  for await (const line of lines) {
    const [command, text] = line.trim().split(/\s+/);
    const number = Number(text);
    if (command === 'quit') break;
    if (command === 'start') await story.start();
    else if ((command === 'kill' || command === 'stop') && story.processes.running.includes(number))
      await story[command](number);
    else {
      say(`Give one of: ${COMMANDS}; running: ${story.processes.running.join(', ')}`);
      lines.prompt();
      continue;
    }
    if (story.processes.running.length > 0) await story.untilShared();
    else say('  nobody is left; start one');
    lines.prompt();
  }
  lines.close();
  return await story.summary();
}
