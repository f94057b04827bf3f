import type { LeaderboardData, MemberScores } from '@tillcast/core/learning/leaderboard-data';
import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import { openRandom } from '@tillcast/core/simulation/random';
import { normal } from './shop.ts';

/** A made-up training table of `count` rows, four a shopper, in which the members' truth is known. */
export interface Table {
  readonly data: LeaderboardData;
  readonly truth: Float64Array;
  member(name: MemberScores['name'], slope: number, noise: number): MemberScores;
}

const windows = [
  ['train', 0.5],
  ['stop', 0.55],
  ['embargo', 0.58],
  ['blend', 0.7],
  ['validate', 0.8],
  ['test', 1],
] as const;

export function makeTable(
  seed: string,
  count: number,
  options: { base?: number; effect?: number; hasBlend?: boolean; features?: number } = {},
): Table {
  const { base = -2.5, effect = 1, hasBlend = true, features = 6 } = options;
  const random = openRandom(seed);
  const rows = new Float32Array(count * features);
  const truth = new Float64Array(count);
  const labels = new Uint8Array(count);
  const splits: string[] = [];
  const groups: string[] = [];
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < features; i++) rows[row * features + i] = i === 2 && random.uniform() < 0.2 ? Number.NaN : normal(random);
    const [a, b, , d] = rows.subarray(row * features, row * features + 4);
    // Curved and crossed, so that a straight line cannot tell all of it.
    truth[row] = base + effect * (0.5 * a! + 0.8 * (Math.abs(b!) - 0.8) + 0.7 * a! * d!);
    labels[row] = Number(random.uniform() < probabilityOf(truth[row]!));
    const place = windows.find(([, until]) => row / count < until)![0];
    splits.push(hasBlend || place === 'test' || place === 'embargo' ? place : 'train');
    // A tenth of the shoppers come back in later windows.
    groups.push(`shopper ${row % 40 < 4 ? row % 4 : Math.floor(row / 4)}`);
  }
  const data: LeaderboardData = {
    featureCount: features,
    rows,
    labels,
    groups,
    splits,
    folds: Int8Array.from(groups, (name) => Number(name.slice(8)) % 5),
    categories: groups.map((_, row) => ['shoes', 'bags', null, 'hats'][row % 4]!),
    rungs: groups.map((_, row) => (row % 3 === 0 ? 'profile' : 'behavioural')),
  };
  return { data, truth, member: (name, slope, noise) => see(name, truth, slope, noise, seed) };
}

function see(name: MemberScores['name'], truth: Float64Array, slope: number, noise: number, seed: string): MemberScores {
  const random = openRandom(`${seed}/${name}`);
  const blur = () =>
    truth.map((z) => slope * z + noise * normal(random)).map((z) => (name === 'random_forest' ? probabilityOf(z) : z));
  return { name, raw: blur(), oof: blur() };
}
