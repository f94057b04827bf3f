import { setImmediate } from 'node:timers/promises';
import type { ShopperLedger } from '@tillcast/core/decisions/segments/ledger';
import { realisedQuality } from '@tillcast/core/decisions/segments/quality';
import { openSurvey } from '@tillcast/core/decisions/segments/survey';
import { stockTaking } from '@tillcast/core/decisions/segments/take-stock';
import { askChances, type ChanceParts } from './ask-chances.ts';
import type { Asked } from './asked.ts';
import { openDraft, type Settled, type Taken } from './draft.ts';
import type { SnapshotStore } from './folder.ts';
import { type LogReading, readLog } from './read-log.ts';
import type { VersionedSegments } from './read-segments.ts';
import type { KnownLifetime } from './refit-lifetime.ts';
import type { Member, Snapshot } from './snapshot.ts';

/** Everything taking stock needs. */
export interface TakeParts {
  /** The snapshots so far; nothing of them is changed. */
  readonly store: Pick<SnapshotStore, 'list' | 'asked'>;
  readonly file: VersionedSegments;
  readonly reading: Omit<LogReading, 'asked' | 'asOfMs'>;
  /** Undefined: no chances are asked for. */
  readonly chances: ChanceParts | undefined;
  readonly lifetime: (ledgers: ReadonlyMap<string, ShopperLedger>) => KnownLifetime | Promise<KnownLifetime>;
  /** Share of an order that is earned. */
  readonly margin: number | undefined;
}

/** With fewer than this, nothing is said of a segment. */
const fewestAsked = 10;

function qualityOf(asked: readonly Asked[], bought: ReadonlySet<Asked>) {
  return realisedQuality(
    Float64Array.from(asked, ({ probability }) => probability),
    Uint8Array.from(asked, (one) => Number(bought.has(one))),
  );
}

/** The chances of earlier snapshots that can be settled: all their windows have closed. */
function dueOf(store: TakeParts['store'], nowMs: number): Map<Snapshot, readonly Asked[]> {
  const open = store.list().filter(({ realised }) => realised === undefined);
  return new Map(
    open
      .map((snapshot) => [snapshot, store.asked(snapshot.takenAtMs)] as const)
      .filter(([, asked]) => asked.length > 0 && asked.every(({ until }) => until <= nowMs)),
  );
}

function settledOf(due: ReadonlyMap<Snapshot, readonly Asked[]>, bought: ReadonlySet<Asked>): Settled[] {
  return [...due].map(([{ takenAtMs }, asked]) => {
    const ids = new Set(asked.flatMap(({ segments = [] }) => segments));
    const bySegment = [...ids]
      .map((id) => [id, asked.filter(({ segments = [] }) => segments.includes(id))] as const)
      .filter(([, members]) => members.length >= fewestAsked)
      .map(([id, members]) => [id, qualityOf(members, bought)] as const);
    return { takenAtMs, realised: { all: qualityOf(asked, bought), segments: Object.fromEntries(bySegment) } };
  });
}

/**
 * Takes stock as of a moment, in a folder that a `SnapshotStore` then adopts: finds out what became of what earlier snapshots foretold, surveys every
 * shopper, and writes members, open chances and sizes.
 */
export async function takeStockInto(folder: string, parts: TakeParts, takenAtMs: number): Promise<void> {
  const { store, file, reading, chances, margin } = parts;
  const due = dueOf(store, takenAtMs);
  const { ledgers, bought } = await readLog({ ...reading, asOfMs: takenAtMs, asked: [...due.values()].flat() });
  const asked = chances === undefined ? [] : await askChances(chances, ledgers);
  const { lifetime, refit } = await parts.lifetime(ledgers);
  const survey = openSurvey({
    ...{ ledgers, asOfMs: takenAtMs, lifecycle: file.lifecycle, margin },
    chances: new Map(asked.map(({ shopper, probability }) => [shopper, probability])),
    lifetime: lifetime && { orders: lifetime.bg_nbd, value: lifetime.gamma_gamma, days: file.clvDays },
  });
  const draft = openDraft(folder);
  try {
    const segmentsOf = new Map<string, readonly string[]>();
    let withheld = 0;
    const taking = stockTaking(file, survey, (shopper, facts, places) => {
      const segments = places.map((place) => file.segments[place]!.id);
      if (facts.consent === false) withheld++;
      draft.write({ shopper, facts: facts as Member['facts'], segments });
      if (facts.probability !== undefined) segmentsOf.set(shopper, segments);
    });
    const stock = await inPortions(taking);
    const snapshot: Snapshot = {
      ...{ takenAtMs, version: file.version, withheld, ...stock },
      ...{ hasMargin: margin !== undefined, hasLifetime: lifetime !== undefined },
    };
    const taken: Taken = { snapshot, settled: settledOf(due, bought), ...(refit === undefined ? {} : { refit }) };
    draft.finish(
      taken,
      asked.map((one) => ({ ...one, segments: segmentsOf.get(one.shopper) ?? [] })),
    );
  } finally {
    draft.abandon();
  }
}

/** Runs what comes in portions to its end, and lets others have their turn in between. */
async function inPortions<T>(portions: Generator<void, T>): Promise<T> {
  for (;;) {
    const { done, value } = portions.next();
    if (done === true) return value;
    await setImmediate();
  }
}
