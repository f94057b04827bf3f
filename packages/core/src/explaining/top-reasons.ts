/** How many reasons agreement and stability look at. */
export const TOP = 5;

/** The features of the largest absolute values, largest first; zeros are no reasons, ties go to the earlier feature. */
export const topReasons = (values: ArrayLike<number>, count = TOP): readonly number[] =>
  Array.from(values, (_, index) => index)
    .filter((index) => values[index] !== 0)
    .sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!) || a - b)
    .slice(0, count);

/** Share of one's top reasons that are the other's as well, with the same sign; 1 where neither has any. */
export function topOverlap(a: ArrayLike<number>, b: ArrayLike<number>, count = TOP): number {
  const [ofA, ofB] = [topReasons(a, count), topReasons(b, count)];
  const most = Math.max(ofA.length, ofB.length);
  if (most === 0) return 1;
  const shared = ofA.filter((index) => ofB.includes(index) && Math.sign(a[index]!) === Math.sign(b[index]!));
  return shared.length / most;
}
