import { type Chosen, chooseSizes } from './choose-sizes.ts';
import type { Teacher } from './distil-blend.ts';
import type { FittingRows } from './fitting-rows.ts';
import { at } from './leaderboard-data.ts';
import type { SizeChoice, SizedMember, SizedScores } from './member-size.ts';
import { type Combination, LEFT_OUT, openSizeLosses, type SizeLosses } from './size-losses.ts';

/** An ensemble within a budget. */
export interface SizedEnsemble {
  readonly choice: SizeChoice;
  /** Mean divergence from the whole, nats a row. */
  readonly divergence: number;
}

/**
 * For each budget (units; Infinity: none) the sizes to take, undefined where nothing fits; chosen on the rows where the blend is fitted. Sizes that
 * are no closer to the whole ensemble than cheaper ones of the same member are not considered.
 */
export function frontOf(
  members: readonly SizedMember[],
  { rows, on }: Pick<FittingRows, 'rows' | 'on'>,
  teacher: Teacher,
  budgets: readonly number[],
): readonly (SizedEnsemble | undefined)[] {
  const rawOf = (size: SizedScores) => at(on === 'blend_window' ? size.raw : size.oof!, rows);
  const losses = openSizeLosses(
    members.map(({ name, sizes }) => ({ name, sizes: sizes.map(rawOf) })),
    teacher,
  );
  const kept = members.map((_, member) => worthwhile(members, member, losses));
  const sizesOf = (combination: Combination): Combination =>
    combination.map((size, member) => (size === LEFT_OUT ? LEFT_OUT : kept[member]![size]!));
  const thinned: SizeLosses = { loss: (combination) => losses.loss(sizesOf(combination)) };
  const units = members.map(({ sizes }, member) => kept[member]!.map((size) => sizes[size]!.units));
  return chooseSizes(units, thinned, budgets).map(
    (chosen) => chosen && ensembleOf(members, { ...chosen, combination: sizesOf(chosen.combination) }),
  );
}

/** A member's sizes by cost, each closer to the whole ensemble than all cheaper ones while the others stay whole; the whole member last. */
function worthwhile(members: readonly SizedMember[], member: number, losses: SizeLosses): readonly number[] {
  const { sizes } = members[member]!;
  const whole = sizes.length - 1;
  const lossAt = (size: number) => losses.loss(members.map((one, other) => (other === member ? size : one.sizes.length - 1)));
  const byCost = Array.from(sizes.keys())
    .filter((size) => size !== whole && sizes[size]!.units < sizes[whole]!.units)
    .sort((a, b) => sizes[a]!.units - sizes[b]!.units);
  let closest = Number.POSITIVE_INFINITY;
  const closer = byCost.filter((size) => {
    const loss = lossAt(size);
    if (loss >= closest) return false;
    closest = loss;
    return true;
  });
  return [...closer, whole];
}

const ensembleOf = (members: readonly SizedMember[], { combination, loss }: Chosen): SizedEnsemble => ({
  divergence: Math.max(0, loss),
  choice: Object.fromEntries(
    combination.flatMap((size, member) =>
      size === LEFT_OUT ? [] : [[members[member]!.name, members[member]!.sizes[size]!] as const],
    ),
  ),
});
