/** A probability told three ways, each precise where the others round. */
export interface Point {
  readonly yes: number;
  readonly no: number;
  readonly logOdds: number;
}

/** The point at a log-odds. */
export function pointAt(logOdds: number): Point {
  const odds = Math.exp(-Math.abs(logOdds));
  const large = 1 / (1 + odds);
  const small = odds / (1 + odds);
  return logOdds >= 0 ? { yes: large, no: small, logOdds } : { yes: small, no: large, logOdds };
}
