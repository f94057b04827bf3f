import type { LineItem } from '../events/event.ts';
import type { Actor } from './agenda.ts';
import type { Catalogue } from './catalogue.ts';
import { LEAVE, stepChain } from './chain.ts';
import type { Desk } from './desk.ts';
import { logUniform } from './distributions.ts';
import { places } from './journey.ts';
import { CURRENCY, type Order, orderValue } from './order.ts';
import { isSameItem, type OutlookOf, returnKind, unfinished } from './outlook.ts';
import type { Random } from './random.ts';
import { DAY_MS, dayOf, HOUR_MS, nextVisitMs } from './rhythm.ts';
import type { FullSettings } from './settings.ts';
import { drawCategory, drawKind, type Traits } from './shopper.ts';
import { drawFirstState, drawItem, drawPauseMs, identify, linesOf, truthOf, type Visit } from './visit.ts';

/** The parts of a shop that a visitor deals with. */
export interface Premises {
  readonly settings: FullSettings;
  readonly catalogue: Catalogue;
  readonly outlookOf: OutlookOf;
  readonly desk: Desk;
  /** Told of each order when it is placed. */
  sold(order: Order): void;
}

/** Nobody comes again before the 30 minutes of silence that end a session have passed. */
const SILENCE_MS = 31 * 60_000;
/** Chance that the next new item is of another category; 12 % of REES46's steps change category. */
const WANDER = 0.17;

/** A shopper as an actor: he visits, behaves as the chain of the visit says, leaves, and comes back or not. */
export class Visitor implements Actor {
  readonly #premises: Premises;
  readonly #traits: Traits;
  readonly #random: Random;
  #visit: Visit | undefined;
  /** The state that the visit's state was entered from; undefined at its start. */
  #from: number | undefined;
  /** The visit he means to come back for. */
  #plan: Visit | undefined;
  #customer: boolean;
  /** When each item of the last 24 h was touched. Visits do not stumble on these: who wants one back returns for it, and truth counts that. */
  readonly #touchedMs = new Map<string, number>();

  constructor(premises: Premises, traits: Traits, random: Random) {
    this.#premises = premises;
    this.#traits = traits;
    this.#random = random;
    this.#customer = traits.customerBefore;
  }

  /** His next visit of his own accord after a time. */
  nextVisitMs(afterMs: number): number {
    return nextVisitMs(this.#premises.settings, this.#random, afterMs, this.#traits.visitsPerDay, this.#traits.shiftHours);
  }

  act(nowMs: number): number {
    this.#visit ??= this.#arrive(nowMs);
    const visit = this.#visit;
    this.#perform(visit, nowMs);
    const next = stepChain(visit.outlook.chain, visit.state, this.#random.uniform());
    if (next === LEAVE) return this.#leave(visit, nowMs);
    this.#from = visit.state;
    visit.state = next;
    return nowMs + drawPauseMs(this.#random);
  }

  #arrive(nowMs: number): Visit {
    for (const [itemId, atMs] of this.#touchedMs) if (nowMs - atMs >= DAY_MS) this.#touchedMs.delete(itemId);
    this.#from = undefined;
    const { settings, desk, outlookOf } = this.#premises;
    const fresh = {
      sessionId: desk.newSessionId(),
      tracked: this.#random.uniform() < settings.cartTrackedShare,
      loggedIn: false,
    };
    const plan = this.#plan;
    if (plan !== undefined) {
      this.#plan = undefined;
      return { ...plan, ...fresh };
    }
    const category = drawCategory(settings, this.#random, this.#traits, nowMs);
    const kind = drawKind(settings, this.#random, this.#traits, this.#customer, category, nowMs);
    const outlook = outlookOf(kind, false);
    return {
      ...fresh,
      outlook,
      returned: false,
      state: drawFirstState(outlook, this.#random),
      category,
      focal: undefined,
      cart: [],
    };
  }

  /** Carries out the step into the visit's state, and has it recorded where it can be seen. */
  #perform(visit: Visit, nowMs: number): void {
    const { event } = places[visit.state]!;
    if (event === 'view_item') this.#lookAt(visit, nowMs);
    if (event === 'add_to_cart') visit.cart.push(this.#withQuantity(visit.focal!));
    const lines = linesOf(visit);
    if (event === 'view_item' || event === 'add_to_cart' || event === 'remove_from_cart')
      this.#touchedMs.set(lines[0]!.itemId, nowMs);
    if (event === 'remove_from_cart') visit.cart.pop();
    const who = identify(this.#traits, visit, this.#random);
    const deed = { event, ...who, sessionId: visit.sessionId, items: lines };
    if (event === 'purchase') this.#buy(visit, deed, who, nowMs);
    else if (visit.tracked || event === 'view_item' || event === 'search')
      this.#premises.desk.record(deed, nowMs, truthOf(visit));
  }

  /** Chooses the item in view, unless he stays with the one he has. */
  #lookAt(visit: Visit, nowMs: number): void {
    const stays = this.#from === undefined ? visit.focal !== undefined : isSameItem(this.#from, visit.state);
    if (stays) return;
    const { settings, catalogue } = this.#premises;
    if (visit.focal !== undefined && this.#random.uniform() < WANDER) {
      visit.category = drawCategory(settings, this.#random, this.#traits, nowMs);
    }
    const isTouched = (itemId: string) => this.#touchedMs.has(itemId);
    visit.focal = drawItem(catalogue, dayOf(settings, nowMs), this.#traits, visit, this.#random, isTouched);
  }

  #buy(visit: Visit, deed: Omit<Parameters<Desk['record']>[0], 'transactionId'>, who: Order['who'], nowMs: number): void {
    const { desk } = this.#premises;
    const transactionId = desk.newTransactionId();
    visit.cart = [];
    this.#customer = true;
    const order: Order = { who, transactionId, items: deed.items, category: visit.category, atMs: nowMs, random: this.#random };
    desk.record({ ...deed, transactionId, value: orderValue(deed.items), currency: CURRENCY }, nowMs, truthOf(visit));
    this.#premises.sold(order);
  }

  /** Decides whether he will be back for what he leaves, and says when he comes next. */
  #leave(visit: Visit, nowMs: number): number {
    const random = this.#random;
    const { start, sameDay, later } = unfinished[visit.state]!;
    const dice = random.uniform() - (visit.returned ? 0 : sameDay);
    this.#visit = undefined;
    if (dice >= later) return this.nextVisitMs(nowMs + SILENCE_MS);
    const returned = dice < 0;
    const outlook = this.#premises.outlookOf(returnKind(visit.outlook.kind), returned);
    this.#plan = { ...visit, outlook, returned, state: start };
    return Math.round(
      nowMs + (returned ? logUniform(random, SILENCE_MS, 16 * HOUR_MS) : logUniform(random, 25 * HOUR_MS, 6 * DAY_MS)),
    );
  }

  #withQuantity(line: LineItem): LineItem {
    const dice = this.#random.uniform();
    return dice < 0.94 ? line : { ...line, quantity: dice < 0.985 ? 2 : 3 };
  }
}
