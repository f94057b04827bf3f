import { topCategory } from '@tillcast/core/features/catalogue/amounts';
import type { Question } from '@tillcast/core/features/engine';
import type { Target } from '@tillcast/core/scoring/bundle';
import type { ServingExperiments } from './serving-experiments.ts';

/** Which insight set the shopper of a question hears, as far as the question says who they are and what they look at; undefined: the default. */
export const openInsightSetOf =
  (experiments: ServingExperiments, now: () => number) =>
  (question: Question, target: Target): Promise<string | undefined> => {
    const { shopper, sessionId, price, category, brand, hour, dayOfWeek, isWeekend } = question;
    const id = shopper.slice(2);
    const asker = { ...(shopper.startsWith('u:') ? { userId: id } : { anonymousId: id }), sessionId };
    const top = category && topCategory(category);
    const calendar = { hour, day_of_week: dayOfWeek, is_weekend: isWeekend };
    return experiments.insightSetOf(asker, { target, price, category, top_category: top, brand, ...calendar }, now());
  };
