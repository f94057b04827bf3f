import { resolve } from 'node:path';
import type { SegmentDetail, SegmentsAnswer } from '@tillcast/api/segments';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Command } from 'commander';
import { readRefit, readSettingsFile, readShopSettings } from '../config.ts';
import type { SegmentDesk } from '../http/routes/segments.ts';
import { openDeliveryLog } from '../segments/delivery-log.ts';
import { openSegmentDesk } from '../segments/desk.ts';
import { exportRows, writeExport } from '../segments/export-rows.ts';
import { openSnapshotStore } from '../segments/folder.ts';
import { readSegments } from '../segments/read-segments.ts';
import { takeOffline } from '../segments/take-offline.ts';
import { trainLifetime } from '../segments/train-lifetime.ts';
import { openDataDir } from './data-dir.ts';
import { openProgress, printJson, say } from './output.ts';

interface Flags {
  readonly data: string;
  readonly segments?: string;
  readonly out?: string;
  readonly json?: boolean;
}

const fileOf = ({ segments }: Flags) => {
  const configured = readSettingsFile().segments;
  return readSegments(segments ?? (typeof configured === 'string' ? configured : undefined));
};

function deskOf(flags: Flags): SegmentDesk {
  const { segments: folders } = openDataDir(flags.data);
  const parts = {
    store: openSnapshotStore(folders),
    file: fileOf(flags),
    log: openDeliveryLog(`${folders.history}/deliveries.jsonl`),
  };
  return openSegmentDesk({ ...parts, language: undefined, passing: folders.people, allowed: new Set(), deliver: undefined });
}

function sayAll({ taken_at, shoppers, segments, realised }: SegmentsAnswer): void {
  if (taken_at === null) {
    say('no stock was taken yet: tillcast segments take');
    return;
  }
  for (const { id, title, size, share, asked, expected_buyers } of segments)
    say(
      `${id} (${title}): ${size.toLocaleString('en')} shoppers, ${(100 * share).toFixed(1)} %${asked === 0 ? '' : `; of ${asked} asked, ${expected_buyers.toFixed(1)} are expected to buy`}`,
    );
  say(`${shoppers.toLocaleString('en')} shoppers as of ${taken_at}`);
  if (realised !== null)
    say(
      `chances of ${realised.taken_at}: ${realised.expected_buyers.toFixed(1)} buyers expected, ${realised.bought} came; ${realised.badge}`,
    );
}

function list(flags: Flags): void {
  const answer = deskOf(flags).list();
  if (flags.json === true) printJson(answer);
  else sayAll(answer);
}

const sayDetail = ({ segment, history }: SegmentDetail): void => {
  for (const { taken_at, size } of history.slice(-30)) say(`${taken_at}: ${size.toLocaleString('en')}`);
  say(`${segment.id} (${segment.title}): ${segment.size.toLocaleString('en')} shoppers; ${segment.membership}`);
};

function size(id: string, flags: Flags): void {
  const { segment, history } = deskOf(flags).detail(id);
  if (flags.json === true) printJson({ segment, history });
  else sayDetail({ segment, history, overlap: [] });
}

function overlap(id: string, flags: Flags): void {
  const detail = deskOf(flags).detail(id);
  if (flags.json === true) {
    printJson({ id, overlap: detail.overlap });
    return;
  }
  for (const { id: other, shared, share } of detail.overlap)
    say(`${other}: ${shared} in both, ${(100 * share).toFixed(1)} % of ${id}`);
  say(`${detail.overlap.length} segments share someone with ${id}`);
}

async function exportSegment(id: string, flags: Flags): Promise<void> {
  const { segments: folders } = openDataDir(flags.data);
  deskOf(flags).detail(id);
  const out = resolve(flags.out!);
  const format = out.endsWith('.csv') ? 'csv' : out.endsWith('.parquet') ? 'parquet' : undefined;
  if (format === undefined) throw new TillcastError('OPTION_INVALID', `--out must end in .csv or .parquet, not "${flags.out}"`);
  const members = await writeExport(out, format, exportRows(openSnapshotStore(folders).members(), id));
  say(`${members} members written to ${out}`);
  if (flags.json === true) printJson({ id, members, out });
}

async function take(flags: Flags): Promise<void> {
  const progress = openProgress();
  const dir = openDataDir(flags.data);
  const store = openSnapshotStore(dir.segments);
  const folder = store.workplace();
  try {
    await takeOffline(dir, folder, {
      ...{ file: fileOf(flags), shop: readShopSettings(), nowMs: Date.now() },
      refitAfterMs: readRefit(readSettingsFile(), process.env).lifetimeRefitMs,
      onProgress: (text) => progress.update(text),
    });
    const { refit } = await store.adopt(folder);
    if (refit?.outcome === 'failed') say(`lifetime value could not be learnt anew: ${refit.problem}; what was known stays`);
  } finally {
    store.discard(folder);
    progress.close();
  }
  list(flags);
}

async function train(flags: Flags): Promise<void> {
  const fitted = await trainLifetime(openDataDir(flags.data), readShopSettings());
  const { buyers, repeaters, holdout } = fitted;
  say(`lifetime value learnt from ${buyers} buyers, ${repeaters} of whom came back`);
  if (holdout !== null)
    say(`the last ${holdout.days} days, held out: ${holdout.expected.toFixed(1)} order days expected, ${holdout.happened} came`);
  if (flags.json === true) printJson(fitted);
}

/** `tillcast segments list|size|overlap|export|take|train`. */
export function registerSegments(program: Command): void {
  const segments = program.command('segments').description('Groups of shoppers: by rule, by score, by value.');
  const add = (name: string, description: string) =>
    segments
      .command(name)
      .description(description)
      .option('--data <dir>', 'data directory', '.tillcast')
      .option('--segments <file>', 'segments in YAML; default: those of tillcast.yaml, else the shipped ones')
      .option('--json', 'print the result as one line of JSON');
  add('list', 'All segments with their sizes, as of the last stock.').action(list);
  add('size <id>', 'One segment: its size now and over time.').action(size);
  add('overlap <id>', 'What one segment shares with the others.').action(overlap);
  add('export <id>', 'Write the members of a segment to a file.')
    .requiredOption('--out <file>', 'where to: a name ending in .csv or .parquet')
    .action(exportSegment);
  add('take', 'Take stock now; a server does so each night.').action(take);
  add('train', 'Learn lifetime value from the orders so far.').action(train);
}
