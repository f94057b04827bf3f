import { defineAccumulator } from '../../feature.ts';
import { latest } from '../durations.ts';

/** How often each step towards a purchase was taken. */
export interface SessionSteps {
  views: number;
  searches: number;
  cartAdds: number;
  cartRemoves: number;
  checkouts: number;
  purchases: number;
  lastCartAddMs: number;
}

/** The steps of one session. */
export const sessionSteps = defineAccumulator<SessionSteps>({
  name: 'session_steps',
  entity: 'session',
  start: () => ({ views: 0, searches: 0, cartAdds: 0, cartRemoves: 0, checkouts: 0, purchases: 0, lastCartAddMs: Number.NaN }),
  fold(state, { event, eventTimeMs }) {
    if (event === 'view_item') state.views++;
    else if (event === 'add_to_cart') {
      state.cartAdds++;
      state.lastCartAddMs = eventTimeMs;
    } else if (event === 'remove_from_cart') state.cartRemoves++;
    else if (event === 'search') state.searches++;
    else if (event === 'begin_checkout' || event === 'add_payment_info') state.checkouts++;
    else if (event === 'purchase') state.purchases++;
    return state;
  },
  join: (earlier, later) => ({
    views: earlier.views + later.views,
    searches: earlier.searches + later.searches,
    cartAdds: earlier.cartAdds + later.cartAdds,
    cartRemoves: earlier.cartRemoves + later.cartRemoves,
    checkouts: earlier.checkouts + later.checkouts,
    purchases: earlier.purchases + later.purchases,
    lastCartAddMs: latest(earlier.lastCartAddMs, later.lastCartAddMs),
  }),
});
