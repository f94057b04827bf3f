import type { Outcome, PredictionLog } from '../ports/prediction-log.ts';

const linkedIn = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap(({ event, linked }) => (event === 'login' && linked !== undefined ? [linked] : []));

/**
 * Reads what a shopper, and everyone whom logins since a moment made one person with them, did from that moment on: by shopper, their own first.
 * A device leads to its user, and they to their other devices.
 */
export async function readHousehold(
  log: Pick<PredictionLog, 'outcomes'>,
  tenant: string,
  shopper: string,
  fromMs: number,
): Promise<ReadonlyMap<string, readonly Outcome[]>> {
  const found = new Map<string, readonly Outcome[]>();
  let next = [shopper];
  while (next.length > 0) {
    const linked: string[] = [];
    for (const one of next) {
      if (found.has(one)) continue;
      const theirs = await log.outcomes(tenant, one, fromMs);
      found.set(one, theirs);
      linked.push(...linkedIn(theirs));
    }
    next = linked;
  }
  return found;
}
