/**
 * A rate from few trials, drawn towards what is known of its kind: the posterior mean of a beta-binomial whose prior weighs `strength` trials
 * (empirical Bayes; Efron & Morris, JASA 70 (1975) 311, for the idea; Gelman et al., Bayesian Data Analysis, 3rd ed., eq. 2.4 for the formula).
 */
export const shrunkRate = (hits: number, trials: number, prior: number, strength: number): number =>
  (hits + strength * prior) / (trials + strength);
