import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService } from '../toys/toy-service.ts';

const example = join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'client', 'shop.ts');

it('examples/client/shop.ts runs against a server, and says what it got', async () => {
  const service = await openToyService({ models: toyRegistry([toyBundle('v1')]), settings: { now: Date.now } });
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 });
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [example, url]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^2 events wait for consent\n0 events wait after it\n\d+\.\d % within PT24H: .+\n$/);
  expect(await service.eventLog.count()).toBe(2);
});
