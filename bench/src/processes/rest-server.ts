// The platform's message endpoint and nothing else, in a process of its own: its work must not be counted as the client's.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const answer = JSON.stringify({
  id: 'ROBOT1.0_kbcL8x2nKcTfyJ4yLQ3YzWwO6yNw0Zq2JZ9b7y3VtB0pYb9w5m4J2mB4yV8l6',
  timestamp: '2026-01-31T08:00:00+08:00',
  ext_info: { ref_idx: 'REFIDX_CKgDELDY9sMGGOa5oNwE' },
});
const headers = {
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(answer),
  'x-tps-trace-id': '4d5f3b8c7a6e9d2f1c0b',
};
let received = 0;

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    received++;
    response.writeHead(200, headers);
    response.end(answer);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', () => process.send?.({ received }));
process.on('disconnect', () => process.exit());
