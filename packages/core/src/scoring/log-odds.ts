/** The probability of a log-odds; exact to rounding at both ends. */
export function probabilityOf(logOdds: number): number {
  if (logOdds >= 0) return 1 / (1 + Math.exp(-logOdds));
  const odds = Math.exp(logOdds);
  return odds / (1 + odds);
}

/** The log-odds of a probability in (0, 1). */
export const logOddsOf = (probability: number): number => Math.log(probability) - Math.log1p(-probability);

/** log(1 + e^z), the log loss of a no at log-odds z, without overflow. */
export const softplus = (z: number): number => (z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z)));
