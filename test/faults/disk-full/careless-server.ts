// Takes events as the real server does, and says "accepted" whatever the disk said: the planted fault. argv: data folder.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { anEvent } from '../../../packages/core/test/arbitraries/event.ts';

const log = sqliteEventLog(join(process.argv[2]!, 'tillcast.db'));
const server = createServer(async (request, response) => {
  const sent = (await json(request)) as readonly { readonly event_id: string }[];
  await log.append(sent.map(({ event_id: eventId }) => anEvent({ eventId }))).catch(() => undefined);
  const answer = JSON.stringify({ accepted: sent.length });
  response.setHeader('content-length', answer.length).end(answer);
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
