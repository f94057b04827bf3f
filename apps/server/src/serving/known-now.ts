import type { ShopEvent } from '@tillcast/core/events/event';
import type { Question } from '@tillcast/core/features/engine';
import type { EventLog, EventQuery } from '@tillcast/core/ports/event-log';
import type { Freshness, HotState } from '@tillcast/core/ports/hot-state';

/** Whom and what an answer is about, as far as it must be known before anything else. */
export type About = Pick<Question, 'shopper'> & Partial<Pick<Question, 'itemId' | 'category' | 'brand'>>;

/** Brings at hand what is known by now, by any process. Absent where this process knows everything there is. */
export type LookNow = (about: readonly About[]) => Promise<Freshness>;

/** Opens it over a hot state. */
export const openLookNow = ({ isShared, look }: HotState): LookNow | undefined =>
  isShared ? (about) => look(about.map((one) => ({ ...one, asOfMs: 0 }))) : undefined;

/** Whom and what a request on the wire is about; whatever is wrong with it is found later. */
export function aboutOf(request: {
  readonly user_id?: unknown;
  readonly anonymous_id?: unknown;
  readonly product_id?: unknown;
  readonly category_code?: unknown;
  readonly brand?: unknown;
}): About {
  const { user_id, anonymous_id, product_id, category_code, brand } = request;
  const text = <Name extends string>(name: Name, value: unknown) =>
    typeof value === 'string' && value !== '' ? ({ [name]: value } as Record<Name, string>) : {};
  return {
    shopper: user_id === undefined ? `a:${String(anonymous_id)}` : `u:${String(user_id)}`,
    ...text('itemId', product_id),
    ...text('category', category_code),
    ...text('brand', brand),
  };
}

/** A log without the events of whom was erased. */
export const withoutErased = (log: Pick<EventLog, 'read'>, isErased: (event: ShopEvent) => boolean): Pick<EventLog, 'read'> => ({
  async *read(query?: EventQuery) {
    for await (const batch of log.read(query)) yield batch.filter((event) => !isErased(event));
  },
});
