/** What the child was told is certain, so far. */
export interface Acked {
  /** Numbers of events, `from` up to but without `until`. */
  readonly events: readonly { readonly from: number; readonly until: number }[];
  readonly models: readonly string[];
  readonly champion: string | undefined;
  readonly challenger: string | undefined;
  /** How many dead letters are kept. */
  readonly letters: number;
  /** Whether the shopper who is erased was. */
  readonly erased: boolean;
}

/** Nothing yet. */
export const noAcks: Acked = {
  ...{ events: [], models: [], champion: undefined, challenger: undefined },
  ...{ letters: 0, erased: false },
};

/** What is certain after one more line of the child's: `events FROM UNTIL`, `model`, `champion` or `challenger VERSION`, `letters COUNT`, `erased`. */
export function withAck(acked: Acked, line: string): Acked {
  const [what, first = '', second] = line.split(' ');
  if (what === 'events') return { ...acked, events: [...acked.events, { from: Number(first), until: Number(second) }] };
  if (what === 'model') return { ...acked, models: [...acked.models, first] };
  if (what === 'champion' || what === 'challenger') return { ...acked, [what]: first };
  if (what === 'letters') return { ...acked, letters: Number(first) };
  if (what === 'erased') return { ...acked, erased: true };
  throw new Error(`the child acked ${JSON.stringify(line)}, which the test does not know`);
}
