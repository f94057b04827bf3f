import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { ShopFigures, type Sighting } from '@tillcast/core/simulation/figures';
import type { Reference } from '@tillcast/core/simulation/reference';

const columns = ['event_time', 'event_type', 'product_id', 'category_code', 'brand', 'price', 'user_id', 'user_session'] as const;

/** Measures a CSV file of the REES46 schema as one look: exact duplicates once, cut-off rows not at all. */
export async function measureRees46(file: string): Promise<Reference> {
  const sightings = await readSightings(file);
  const views = sightings.filter(({ kind }) => kind === 'view').length;
  if (views === 0)
    throw new TillcastError('INPUT_INVALID', `--compare ${file}: holds no view; give a CSV file of the REES46 schema`);
  const lengthMs = sightings.at(-1)!.timeMs - sightings[0]!.timeMs + 1_000;
  const scope = { sliceViews: views, windowMs: lengthMs };
  const figures = new ShopFigures(scope);
  for (const sighting of sightings) figures.add(sighting);
  const source = `REES46 multi-category shop, ${basename(file)}: ${views} views in ${Math.round(lengthMs / 60_000)} minutes`;
  return { source, scope, figures: figures.finish() };
}

async function readSightings(file: string): Promise<Sighting[]> {
  const seen = new Set<string>();
  const sightings: Sighting[] = [];
  let parse: ((cells: readonly string[]) => Sighting | undefined) | undefined;
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      const cells = line.split(',');
      if (parse === undefined) {
        parse = rowParser(file, cells);
        continue;
      }
      const sighting = seen.has(line) ? undefined : parse(cells);
      seen.add(line);
      if (sighting !== undefined) sightings.push(sighting);
    }
  } catch (error) {
    if (error instanceof TillcastError) throw error;
    throw new TillcastError('FILE_NOT_READABLE', `--compare ${file}: ${(error as Error).message}`, { cause: error });
  }
  return sightings.sort((a, b) => a.timeMs - b.timeMs);
}

/** A parser for rows under this header; a row that is cut off or of another event type gives undefined. */
function rowParser(file: string, header: readonly string[]): (cells: readonly string[]) => Sighting | undefined {
  const at = Object.fromEntries(columns.map((name) => [name, header.indexOf(name)])) as Record<(typeof columns)[number], number>;
  const missing = columns.filter((name) => at[name] < 0);
  if (missing.length > 0)
    throw new TillcastError(
      'INPUT_INVALID',
      `--compare ${file}: column ${missing.join(', ')} is missing; give a CSV file of the REES46 schema`,
    );
  return (cells) => {
    const kind = cells[at.event_type];
    const timeMs = Date.parse(cells[at.event_time]!.replace(' UTC', 'Z').replace(' ', 'T'));
    if (cells.length !== header.length || Number.isNaN(timeMs)) return undefined;
    if (kind !== 'view' && kind !== 'cart' && kind !== 'purchase') return undefined;
    return {
      ...{ kind, timeMs, shopper: cells[at.user_id]!, session: cells[at.user_session]!, itemId: cells[at.product_id]! },
      ...{ price: Number(cells[at.price]), hasCategory: cells[at.category_code] !== '', hasBrand: cells[at.brand] !== '' },
    };
  };
}
