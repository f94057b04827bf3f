import type { Actor } from './agenda.ts';
import type { Catalogue } from './catalogue.ts';
import { categories } from './category-tree.ts';
import type { Desk } from './desk.ts';
import { below } from './distributions.ts';
import { opaqueId } from './opaque-id.ts';
import type { Random } from './random.ts';
import { DAY_MS, dayOf } from './rhythm.ts';
import type { FullSettings } from './settings.ts';

/** Visits a bot makes a day at most; views a visit, and the even pause between them. */
const MOST_VISITS_PER_DAY = 12;
const VIEWS = { least: 8, most: 50 };
const PAUSE_MS = 2_000;

/** As many bots, coming so often, as make up the wished share of the sessions of all. */
export function botFleet(
  botsShare: number,
  humanSessionsPerDay: number,
): { readonly bots: number; readonly visitsPerDay: number } {
  const sessionsPerDay = (humanSessionsPerDay * botsShare) / (1 - botsShare);
  const bots = Math.ceil(sessionsPerDay / MOST_VISITS_PER_DAY);
  return { bots, visitsPerDay: sessionsPerDay / Math.max(1, bots) };
}

/** Opens a bot: day and night, at even intervals, it reads a stretch of a shelf at an even pace, and buys nothing. */
export function openBot(
  settings: FullSettings,
  catalogue: Catalogue,
  desk: Desk,
  random: Random,
  number: number,
  visitsPerDay: number,
): Actor & { readonly firstVisitMs: number } {
  const anonymousId = opaqueId('a', settings.seed, settings.shoppers + number);
  let visit: { readonly sessionId: string; readonly category: number; at: number; left: number } | undefined;
  const gapMs = () => Math.round((DAY_MS / visitsPerDay) * (0.9 + 0.2 * random.uniform()));
  const arrive = () => ({
    sessionId: desk.newSessionId(),
    category: below(random, categories.length),
    at: below(random, 1_000_000),
    left: VIEWS.least + below(random, VIEWS.most - VIEWS.least),
  });
  return {
    firstVisitMs: settings.startMs + Math.round((DAY_MS / visitsPerDay) * random.uniform()),
    act(nowMs) {
      visit ??= arrive();
      const { sessionId, category, at } = visit;
      const { lines } = catalogue.shelvesOn(dayOf(settings, nowMs))[category]!;
      const items = [lines[at % lines.length]!];
      desk.record({ event: 'view_item', anonymousId, sessionId, items }, nowMs, { session: 0, item: 0, segment: 'bot' });
      visit.at += 1;
      visit.left -= 1;
      if (visit.left > 0) return nowMs + Math.round(PAUSE_MS * (0.98 + 0.04 * random.uniform()));
      visit = undefined;
      return nowMs + gapMs();
    },
  };
}
