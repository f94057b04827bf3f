import type { Actor } from './agenda.ts';
import type { Catalogue } from './catalogue.ts';
import { categories } from './category-tree.ts';
import type { Desk } from './desk.ts';
import { below } from './distributions.ts';
import { opaqueId } from './opaque-id.ts';
import type { Random } from './random.ts';
import { DAY_MS, dayOf } from './rhythm.ts';
import type { FullSettings } from './settings.ts';

/** Visits of a bot a day, views a visit, and the even pause between them. */
const VISITS_PER_DAY = 8;
const VIEWS = { least: 8, most: 60 };
const PAUSE_MS = 2_000;

/** How many bots make up the wished share of the sessions of all. */
export function botCount(botsShare: number, humanSessionsPerDay: number): number {
  return Math.round((humanSessionsPerDay * botsShare) / (1 - botsShare) / VISITS_PER_DAY);
}

/** Opens a bot: day and night, every three hours or so, it reads a stretch of a shelf at an even pace, and buys nothing. */
export function openBot(
  settings: FullSettings,
  catalogue: Catalogue,
  desk: Desk,
  random: Random,
  number: number,
): Actor & { readonly firstVisitMs: number } {
  const anonymousId = opaqueId('a', settings.seed, settings.shoppers + number);
  let visit: { readonly sessionId: string; readonly category: number; at: number; left: number } | undefined;
  const gapMs = () => Math.round((DAY_MS / VISITS_PER_DAY) * (0.9 + 0.2 * random.uniform()));
  const arrive = () => ({
    sessionId: desk.newSessionId(),
    category: below(random, categories.length),
    at: below(random, 1_000_000),
    left: VIEWS.least + below(random, VIEWS.most - VIEWS.least),
  });
  return {
    firstVisitMs: settings.startMs + Math.round((DAY_MS / VISITS_PER_DAY) * random.uniform()),
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
