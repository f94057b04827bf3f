import { upperGamma } from './incomplete-gamma.ts';

/** P(X > x) of the chi-squared distribution with `df` degrees of freedom: Q(df/2, x/2), Abramowitz and Stegun 26.4.19. */
export const chiSquaredUpper = (x: number, df: number): number => upperGamma(df / 2, x / 2);
