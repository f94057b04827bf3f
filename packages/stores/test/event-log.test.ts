import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { sqliteEventLog } from '@tillcast/stores/sqlite/event-log';
import { afterAll, describe } from 'vitest';
import { eventLogContract } from '../../core/test/contract/event-log.ts';

describe('memory event log', () => eventLogContract(memoryEventLog));

describe('sqlite event log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-log-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let files = 0;
  eventLogContract(() => sqliteEventLog(join(folder, `${files++}.db`), { windowMs: 0 }));
});
