import { gamma } from '../../../simulation/distributions.ts';
import type { Random } from '../../../simulation/random.ts';

/** Below, each unit is drawn by itself. */
const FEW = 24;

/**
 * How many of n units succeed with chance p each, exactly distributed, in log n steps: the middle order statistic of n uniforms is a beta, and
 * says on which side of p half of them lie (Relles, JASA 67, 1972).
 */
export function binomial(random: Random, n: number, p: number): number {
  let found = 0;
  while (n > FEW && p > 0 && p < 1) {
    const middle = Math.floor((n + 1) / 2);
    const a = gamma(random, middle);
    const cut = a / (a + gamma(random, n + 1 - middle));
    if (cut >= p) {
      n = middle - 1;
      p /= cut;
    } else {
      found += middle;
      n -= middle;
      p = (p - cut) / (1 - cut);
    }
  }
  if (p >= 1) return found + n;
  for (let unit = 0; unit < n; unit++) if (random.uniform() < p) found++;
  return found;
}
