import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DeliveryLine } from './deliver.ts';
import { writeJsonLines } from './write-json.ts';

/** What became of deliveries; names nobody. */
export interface DeliveryLog {
  add(line: DeliveryLine): void;
  /** The newest first. */
  last(most: number): readonly DeliveryLine[];
}

/** Lines kept. */
const kept = 10_000;

const parsed = (line: string): DeliveryLine[] => {
  try {
    return [JSON.parse(line) as DeliveryLine];
  } catch {
    // The last line of a process that was killed while it wrote.
    return [];
  }
};

/** Opens the log of a file. */
export function openDeliveryLog(file: string): DeliveryLog {
  const read = (): DeliveryLine[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').flatMap(parsed) : []);
  return {
    add(line) {
      const lines = read();
      if (lines.length >= 2 * kept) writeJsonLines(file, lines.slice(-kept));
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    },
    last: (most) => read().slice(-most).reverse(),
  };
}
