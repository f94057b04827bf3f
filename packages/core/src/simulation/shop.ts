import { openAgenda } from './agenda.ts';
import { botFleet, openBot } from './bot.ts';
import { openCatalogue } from './catalogue.ts';
import { openDesk } from './desk.ts';
import { drawRefund, type Order } from './order.ts';
import { outlookBook } from './outlook.ts';
import { openRandom } from './random.ts';
import { DAY_MS } from './rhythm.ts';
import { type ShopSettings, shopSettings } from './settings.ts';
import { drawShopper } from './shopper.ts';
import type { SimulatedEvent } from './truth.ts';
import { type Premises, Visitor } from './visitor.ts';

export type { ShopSettings } from './settings.ts';
export type { SimulatedEvent, Truth } from './truth.ts';

/**
 * A shop's events one by one, in the order of `compareEvents`, each with the truth behind it; decided by the settings alone.
 * Lazy: memory holds the shoppers, the shelves and what is under way, whatever the number of days. A run of fewer days is a prefix of a longer one.
 */
export function* simulateShop(settings: ShopSettings): Generator<SimulatedEvent, void, undefined> {
  const full = shopSettings(settings);
  const root = openRandom(full.seed);
  const agenda = openAgenda();
  const catalogue = openCatalogue(full, root.fork('catalogue'));
  const desk = openDesk(full, root.fork('desk'));
  const sold = (order: Order) => {
    const back = drawRefund(full, desk, order);
    if (back !== undefined) agenda.add(back.refund, back.atMs);
  };
  const premises: Premises = { settings: full, catalogue, outlookOf: outlookBook(), desk, sold };

  let visitsPerDay = 0;
  for (let number = 0; number < full.shoppers; number += 1) {
    const random = root.fork(`shopper/${number}`);
    const traits = drawShopper(full, random, number);
    const visitor = new Visitor(premises, traits, random);
    visitsPerDay += traits.visitsPerDay;
    agenda.add(visitor, visitor.nextVisitMs(full.startMs));
  }
  const fleet = botFleet(full.botsShare, visitsPerDay);
  for (let number = 0; number < fleet.bots; number += 1) {
    const bot = openBot(full, catalogue, desk, root.fork(`bot/${number}`), number, fleet.visitsPerDay);
    agenda.add(bot, bot.firstVisitMs);
  }

  const endMs = full.startMs + full.days * DAY_MS;
  while (agenda.step(endMs)) {
    const simulated = desk.take();
    if (simulated !== undefined) yield simulated;
  }
}
