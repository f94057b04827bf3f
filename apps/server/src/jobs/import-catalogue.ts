import { parseFact } from '@tillcast/core/catalogue/parse-fact';
import { own } from '@tillcast/core/events/read-field';
import type { ItemCatalogue, ItemFact } from '@tillcast/core/ports/item-catalogue';
import { openRows } from '../importing/files/open-rows.ts';
import type { GoodRow } from '../importing/files/row.ts';
import { openRejects } from '../importing/rejects.ts';
import { catalogueNeeds, catalogueRow } from '../importing/sources/catalogue.ts';
import { Refused } from '../importing/sources/source.ts';
import { type ImportSummary, ImportTally } from '../importing/tally.ts';
import type { ImportProgress } from './import-events.ts';

/** What an import of a catalogue is told. */
export interface CatalogueImportOptions {
  readonly files: readonly string[];
  /** Absent: a dry run; rows are read and checked, nothing is written. */
  readonly catalogue?: ItemCatalogue;
  readonly rejectedFile?: string;
  readonly tenant?: string;
  readonly nowMs: number;
  /** From when on rows hold that do not say; default: now. */
  readonly validFromMs?: number;
  onProgress?(progress: ImportProgress): void;
}

const batchFacts = 4_096;

/**
 * Reads files of a product feed into the catalogue. History that says since when it holds is taken as known since then, as imported events are; what
 * holds from now on or later is known from now on.
 */
export async function importCatalogue(options: CatalogueImportOptions): Promise<ImportSummary> {
  const format = { needs: catalogueNeeds };
  for (const file of options.files) await openRows(file, format);
  const tally = new ImportTally();
  const rejects = openRejects(tally, options.rejectedFile);
  let batch: ItemFact[] = [];
  const store = async (): Promise<void> => {
    const facts = batch;
    batch = [];
    const { accepted, duplicate } = (await options.catalogue?.append(facts)) ?? { accepted: facts.length, duplicate: 0 };
    tally.accepted += accepted;
    tally.duplicate += duplicate;
  };
  try {
    for (const file of options.files) {
      const rows = await openRows(file, format);
      for await (const block of rows.rows()) {
        for (const row of block) {
          const fact = 'reason' in row ? row : factOf(row, options);
          if ('reason' in fact) rejects.reject(file, row, fact);
          else batch.push(fact);
          if (batch.length >= batchFacts) await store();
        }
        options.onProgress?.({ file, share: rows.share(), rows: tally.rows + batch.length });
      }
    }
  } finally {
    if (batch.length > 0) await store();
    rejects.finish();
  }
  return tally.summary();
}

function factOf({ fields }: GoodRow, { nowMs, tenant, validFromMs = nowMs }: CatalogueImportOptions): ItemFact | Refused {
  const row = catalogueRow(fields);
  const arrival = { receivedAtMs: nowMs, ...(tenant === undefined ? {} : { tenant }) };
  const parsed = parseFact(own(row, 'valid_from') === undefined ? { ...row, valid_from: validFromMs } : row, arrival);
  if (!parsed.ok) {
    const told = parsed.problems.slice(0, 3).map(({ pointer, problem }) => `${pointer} ${problem}`.trim());
    return new Refused('invalid_field', told.join('; '), parsed.problems);
  }
  return { ...parsed.fact, receivedAtMs: Math.min(parsed.fact.validFromMs, nowMs) };
}
