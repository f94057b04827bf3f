import { setImmediate } from 'node:timers/promises';
import type { Reason, ShopperScore, ShoppersAnswer, ShoppersQuery } from '@tillcast/api/shoppers';
import type { FeatureEngine, Question, ShopperView } from '@tillcast/core/features/engine';
import { formatDuration } from '@tillcast/core/learning/duration';
import type { Target } from '@tillcast/core/scoring/bundle';
import type { ListShoppers } from '../http/routes/shoppers.ts';
import { insightsOnWire, modelRef, onWire } from './answer.ts';
import { type Assess, type Assessment, defaultHorizonMs } from './assess.ts';
import type { Champions } from './champions.ts';
import type { LookNow } from './known-now.ts';
import type { LiveModel } from './live-model.ts';
import type { Clock } from './question.ts';
import { batchDeadlineMs, type FindReasons, type Reasons } from './reasons.ts';
import type { SpokenRules } from './rules.ts';
import { sayOf } from './spoken.ts';

/** Who is on the board: the shoppers seen last, each scored when somebody looks and something changed. */
export interface Board {
  /** The shopper's features changed. */
  touch(shopper: string): void;
  /** The shopper was erased. */
  forget(shopper: string): void;
  readonly list: ListShoppers;
}

export interface BoardParts {
  readonly engine: FeatureEngine;
  readonly champions: Champions;
  readonly assess: Assess;
  readonly findReasons: FindReasons;
  readonly rules: SpokenRules;
  readonly clock: () => Clock;
  readonly look?: LookNow | undefined;
  /** The insight set that a shopper hears; undefined: the default. Default: everybody hears that. */
  readonly insightSetOf?: (question: Question, target: Target) => Promise<string | undefined>;
  /** Shoppers kept; the longest unseen leave first. */
  readonly capacity?: number;
}

interface Entry {
  readonly shopper: string;
  view: ShopperView;
  assessment: Assessment;
  reasons: Reasons | undefined;
}

/** A place on the board. What was scored before a change is shown until it is scored again. */
interface Slot {
  changed: boolean;
  entry: Entry | undefined;
}

const defaultLimit = 20;
/** A visit that has been silent for longer is over, and so is the chance of a purchase in it. */
const defaultActiveMinutes = 30;
const reasonsShown = 5;
const minuteMs = 60_000;
/** Shoppers scored before others get their turn: a few milliseconds of work. */
const scoredAtOnce = 32;
/** The same for asking what other processes know of them. */
const lookedAtOnce = 64;

/** Whether a purchase is near: of anything in the session where such a model serves, of the item last seen otherwise. */
const boardTarget = (champions: Champions): Target =>
  champions.of('session') !== undefined || champions.of('item') === undefined ? 'session' : 'item';

/** The question a shopper's last event puts. */
export function lastQuestionOf(view: ShopperView, clock: Clock): Question {
  const local = clock.localTime(view.lastEventTimeMs);
  const { lastItem } = view;
  return {
    shopper: view.shopper,
    sessionId: view.sessionId,
    asOfMs: view.lastEventTimeMs,
    hour: local.hour,
    dayOfWeek: local.dayOfWeek,
    isWeekend: local.isWeekend,
    ...(lastItem === undefined ? {} : { itemId: lastItem.itemId }),
    ...(lastItem?.category === undefined ? {} : { category: lastItem.category }),
    ...(lastItem?.brand === undefined ? {} : { brand: lastItem.brand }),
    ...(lastItem?.price === undefined || lastItem.price === 0 ? {} : { price: lastItem.price }),
  };
}

const strongest = (reasons: Reasons | undefined, { row, model }: Assessment): Reason[] => {
  const names = model?.bundle.ensemble.featureNames ?? [];
  return names
    .map((feature, index) => {
      const value = row[index]!;
      return { feature, value: Number.isFinite(value) ? value : null, contribution: reasons?.contributions.get(feature) ?? 0 };
    })
    .filter(({ contribution }) => contribution !== 0)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .slice(0, reasonsShown);
};

function lineOf({ shopper, view, assessment, reasons }: Entry, rules: SpokenRules, set: string | undefined): ShopperScore {
  const said = sayOf(assessment, reasons, rules, { set });
  const id = shopper.slice(2);
  return {
    shopper,
    user_id: shopper.startsWith('u:') ? id : null,
    anonymous_id: shopper.startsWith('a:') ? id : null,
    session_id: view.sessionId,
    session_events: view.sessionEvents,
    last_item: view.lastItem?.itemId ?? null,
    last_event_time: onWire(view.lastEventTimeMs),
    purchase_probability: assessment.probability,
    percentile: assessment.percentile,
    band: assessment.band?.name ?? null,
    rung: assessment.rung,
    recommendation: said.recommendation,
    reasons: strongest(reasons, assessment),
    insights: insightsOnWire(said.insights),
  };
}

const byProbability = (a: Entry, b: Entry): number => b.assessment.logOdds - a.assessment.logOdds || byTime(a, b);
const byTime = (a: Entry, b: Entry): number =>
  b.view.lastEventTimeMs - a.view.lastEventTimeMs || (a.shopper < b.shopper ? -1 : 1);

/** Opens an empty board. Memory is bounded by `capacity`, the work of a look by the shoppers that changed since the last one. */
export function openBoard(parts: BoardParts): Board {
  const { engine, champions, assess, findReasons, rules, clock, look, insightSetOf, capacity = 5_000 } = parts;
  // In order of the last touch.
  const slots = new Map<string, Slot>();
  let scoredWith: LiveModel | undefined;

  async function lookAtChanged(now: LookNow): Promise<void> {
    const changed = [...slots]
      .filter(([, slot]) => slot.changed)
      .map(([shopper]) => ({ shopper, ...engine.shopper(shopper)?.lastItem }));
    for (let from = 0; from < changed.length; from += lookedAtOnce) await now(changed.slice(from, from + lookedAtOnce));
  }

  async function scoreChanged(target: Target, sinceMs: number): Promise<Entry[]> {
    const model = champions.of(target);
    if (model !== scoredWith) for (const slot of slots.values()) slot.changed = true;
    scoredWith = model;
    const now = clock();
    let scored = 0;
    if (look !== undefined) await lookAtChanged(look);
    for (const [shopper, slot] of [...slots]) {
      if (!slot.changed) continue;
      const view = engine.shopper(shopper);
      if (view !== undefined && view.lastEventTimeMs < sinceMs) continue;
      if (++scored % scoredAtOnce === 0) await setImmediate();
      if (view === undefined) slots.delete(shopper);
      else slot.entry = { shopper, view, assessment: assess(target, lastQuestionOf(view, now)), reasons: undefined };
      slot.changed = false;
    }
    const isOpen = ({ view }: Entry): boolean =>
      // Once a visit has bought, whether it will is no question any more; the model never saw such rows.
      view.lastEventTimeMs >= sinceMs && !(target === 'session' && view.sessionPurchases > 0);
    return [...slots.values()].map(({ entry }) => entry).filter((entry) => entry !== undefined && isOpen(entry)) as Entry[];
  }

  async function explain(shown: readonly Entry[]): Promise<void> {
    const bare = shown.filter(({ reasons }) => reasons === undefined);
    const found = await findReasons(
      bare.map(({ assessment }) => assessment),
      batchDeadlineMs,
    );
    for (const [index, entry] of bare.entries()) entry.reasons = found[index];
  }

  async function list({
    sort = 'probability',
    limit = defaultLimit,
    active_within_minutes: minutes = defaultActiveMinutes,
  }: ShoppersQuery): Promise<ShoppersAnswer> {
    const target = boardTarget(champions);
    const model = champions.of(target);
    const { nowMs } = clock();
    const matching = await scoreChanged(target, nowMs - minutes * minuteMs);
    const shown = matching.sort(sort === 'recent' ? byTime : byProbability).slice(0, limit);
    await explain(shown);
    const sets = await Promise.all(shown.map(({ assessment }) => insightSetOf?.(assessment.question, target)));
    return {
      as_of: onWire(nowMs),
      target,
      horizon: formatDuration(model?.bundle.manifest.horizonMs ?? defaultHorizonMs),
      model: modelRef(model),
      base_rate: model?.bundle.reference.baseRate ?? null,
      known: slots.size,
      matching: matching.length,
      shoppers: shown.map((entry, index) => lineOf(entry, rules, sets[index])),
    };
  }

  return {
    touch(shopper) {
      const entry = slots.get(shopper)?.entry;
      slots.delete(shopper);
      slots.set(shopper, { changed: true, entry });
      if (slots.size > capacity) slots.delete(slots.keys().next().value!);
    },
    forget: (shopper) => void slots.delete(shopper),
    list,
  };
}
