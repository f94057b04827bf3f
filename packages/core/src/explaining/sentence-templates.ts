/** Who reads. */
export const audiences = ['merchandiser', 'analyst', 'support'] as const;
export type Audience = (typeof audiences)[number];

/**
 * How each reader is told. A model knows what goes together, not what brings what about, so no template may say more: a test holds all of them
 * against a list of causal verbs. Blanks: {chance} {base} {phrase} {value} {contribution} {points} {name} {target} {horizon} {count}.
 */
export interface Templates {
  readonly headline: string;
  readonly raises: string;
  readonly lowers: string;
  readonly rest: string;
  readonly noReason: string;
  readonly caution: string;
}

/** The templates of each reader. */
export const templates: Readonly<Record<Audience, Templates>> = {
  merchandiser: {
    headline: 'The chance of {target} within {horizon} is {chance}; the usual chance here is {base}.',
    raises: 'Speaks for buying: {phrase} ({value}).',
    lowers: 'Speaks against buying: {phrase} ({value}).',
    rest: 'All else together: {direction} ({count} more signals).',
    noReason: 'Nothing known about this moment sets it apart from the usual one.',
    caution:
      'These are signals that go together with buying in past data; changing one need not change the outcome. An experiment tells.',
  },
  analyst: {
    headline:
      'P({target} within {horizon}) = {chance}, background {base}; contributions are in log-odds and add up to the served score.',
    raises: '{name} = {value}: {contribution} log-odds ({points} at this score).',
    lowers: '{name} = {value}: {contribution} log-odds ({points} at this score).',
    rest: '{count} further features: {contribution} log-odds in total.',
    noReason: 'Every contribution is zero: the score equals the background.',
    caution:
      'Attributions describe the model on this row against its training population; they are associations, not treatment estimates.',
  },
  support: {
    headline: 'We expect {target} within {horizon} in about {in_100} of 100 cases like this one; usual are {base_in_100} of 100.',
    raises: 'A sign of interest: {phrase} ({value}).',
    lowers: 'A sign of little interest: {phrase} ({value}).',
    rest: 'There are {count} smaller signs as well.',
    noReason: 'There is no particular sign either way.',
    caution: 'This is an estimate from past visits, not a statement about this person’s intentions.',
  },
};
