import type { Corpus } from './corpus.ts';
import { judge, type Reader } from './judge.ts';
import { makeMutant } from './mutant.ts';

/** One finding; `seed`, `number` and `fixture` replay it. */
export interface Finding {
  readonly seed: number;
  readonly number: number;
  readonly fixture: string;
  readonly damages: readonly string[];
  readonly fault: string;
}

/** Mutants `from` … `from + count − 1` of a seed, of one fixture where it is named. */
export interface Stretch {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  readonly fixture?: string | undefined;
}

/** How many mutants came to what, by library and by damage. */
export interface Tally {
  refused: number;
  believed: number;
  /** The most memory a worker held, in MB. */
  residentMb: number;
  readonly byLibrary: Record<string, [refused: number, believed: number]>;
  readonly byDamage: Record<string, [refused: number, believed: number]>;
  readonly findings: Finding[];
}

/** Nothing counted yet. */
export const emptyTally = (): Tally => ({ refused: 0, believed: 0, residentMb: 0, byLibrary: {}, byDamage: {}, findings: [] });

/** Judges a stretch of mutants; `onStart` learns each number before anything can go wrong. */
export function runStretch(
  corpus: Corpus,
  { seed, from, count, fixture: only }: Stretch,
  read: Reader,
  onStart?: (number: number) => void,
): Tally {
  const tally = emptyTally();
  for (let number = from; number < from + count; number++) {
    onStart?.(number);
    const mutant = makeMutant(corpus, { seed, number, fixture: only });
    const outcome = judge(mutant, read);
    const { fixture } = mutant.id;
    if (typeof outcome === 'object') {
      tally.findings.push({ seed, number, fixture, damages: mutant.damages, fault: outcome.fault });
      continue;
    }
    tally[outcome]++;
    const place = outcome === 'refused' ? 0 : 1;
    count1(tally.byLibrary, fixture.split('-')[0]!, place);
    for (const damage of new Set(mutant.damages)) count1(tally.byDamage, damage, place);
  }
  return tally;
}

function count1(table: Tally['byLibrary'], key: string, place: 0 | 1): void {
  table[key] ??= [0, 0];
  table[key][place]++;
}

/** Adds what another stretch came to. */
export function addTally(sum: Tally, { refused, believed, residentMb, byLibrary, byDamage, findings }: Tally): void {
  sum.residentMb = Math.max(sum.residentMb, residentMb);
  sum.refused += refused;
  sum.believed += believed;
  sum.findings.push(...findings);
  for (const [from, to] of [
    [byLibrary, sum.byLibrary],
    [byDamage, sum.byDamage],
  ] as const) {
    for (const [key, [no, yes]] of Object.entries(from)) {
      const [before, after] = to[key] ?? [0, 0];
      to[key] = [before + no, after + yes];
    }
  }
}
