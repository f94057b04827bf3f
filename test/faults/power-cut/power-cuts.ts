import { openRandom, type Random } from '@tillcast/core/simulation/random';
import { type Acked, noAcks, withAck } from './acks.ts';
import { type Cut, crashImage } from './crash-image.ts';
import { type DiskFaults, openDiskModel } from './disk-model.ts';
import type { DiskCall } from './trace.ts';

/** The disk after one power cut, and what had been acked before it. */
export interface PowerCut {
  readonly at: number;
  readonly cut: Cut;
  readonly image: ReadonlyMap<string, Buffer>;
  readonly acked: Acked;
}

interface Moment {
  readonly at: number;
  readonly cut: Cut;
}

/** Every moment at which a power cut may find the disk as it did not before: with nothing unsynced after a sync, else with parts of it. */
function momentsOf(calls: readonly DiskCall[]): Moment[] {
  return calls.flatMap(({ kind }, at): Moment[] => {
    if (kind === 'sync') return [{ at, cut: 'none' }];
    if (kind === 'close' || kind === 'fault') return [];
    return (['none', 'all', 'subset', 'torn'] as const).map((cut) => ({ at, cut }));
  });
}

/** So many of them, in order; where there are fewer, those that chance decides about come again. */
function chosen(moments: readonly Moment[], count: number, random: Random): Moment[] {
  const byChance = moments.filter(({ cut }) => cut === 'subset' || cut === 'torn');
  const all = moments.map((moment) => ({ moment, rank: random.uniform() }));
  while (all.length < count) all.push(...byChance.map((moment) => ({ moment, rank: 1 + random.uniform() })));
  return all
    .sort((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ moment }) => moment)
    .sort((a, b) => a.at - b.at);
}

/** Plays the calls again, and cuts the power at so many moments. */
export function* powerCuts(calls: readonly DiskCall[], count: number, seed: string, faults?: DiskFaults): Generator<PowerCut> {
  const random = openRandom(seed);
  const disk = openDiskModel(faults);
  let acked = noAcks;
  let acksFile: number | undefined;
  let next = 0;
  for (const { at, cut } of chosen(momentsOf(calls), count, random)) {
    for (; next <= at; next++) {
      const call = calls[next]!;
      disk.apply(call);
      if (call.kind === 'open' && call.path === 'acks') acksFile = call.fd;
      if (call.kind === 'write' && call.fd === acksFile) acked = withAck(acked, call.bytes.toString('utf8').trim());
    }
    yield { at, cut, image: crashImage(disk.root, cut, random), acked };
  }
}
