import { setImmediate } from 'node:timers/promises';
import type { InsightSimulation } from '@tillcast/api/insight-rules';
import { compileRules } from '@tillcast/core/decisions/insights/compile-rules';
import { defaultSet, setsOf } from '@tillcast/core/decisions/insights/rule';
import { openSimulation } from '@tillcast/core/decisions/insights/simulate';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import type { RuleShop } from '../serving/rules.ts';
import { openReadBack } from './past-answers.ts';
import type { VersionedRules } from './read-rule-file.ts';

/** What a simulation reads. */
export interface SimulationParts {
  readonly predictions: Pick<PredictionLog, 'read'>;
  readonly registry: ModelRegistry;
  readonly shop: RuleShop;
}

/** Which answers, and how many at most. */
export interface SimulationSpan {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Default: all. */
  readonly most?: number;
  /** The insight set that speaks; default: `default`. */
  readonly set?: string | undefined;
  readonly onProgress?: (answers: number) => void;
}

/** Facts that an answer has and its line in the log has not. */
const notLogged: readonly string[] = ['user_segment'];
const batch = 256;

/** Says what the rules of an insight set would have said of the answers that were given, by their lines in the prediction log. Changes nothing; raises INPUT_INVALID where no rule has the set. */
export async function simulateRules(
  file: VersionedRules,
  { predictions, registry, shop }: SimulationParts,
  { fromMs, untilMs, most = Number.POSITIVE_INFINITY, set = defaultSet, onProgress = () => {} }: SimulationSpan,
): Promise<InsightSimulation> {
  const sets = setsOf(file);
  if (!sets.has(set))
    throw new TillcastError('INPUT_INVALID', `no rule has the insight set "${set}"; give one of ${[...sets].join(', ')}`);
  const compiled = compileRules(file);
  const simulation = openSimulation(compiled, set);
  const readBack = openReadBack(compiled, shop, registry);
  let [answers, isCut] = [0, false];
  reading: for await (const some of predictions.read({ fromMs, untilMs, batch })) {
    for (const logged of some) {
      if (answers >= most) {
        isCut = true;
        break reading;
      }
      simulation.push(await readBack(logged));
      answers++;
    }
    onProgress(answers);
    // Whoever else asks gets their turn.
    await setImmediate();
  }
  const written = new Map(file.rules.map((rule) => [rule.id, rule]));
  return {
    ...{ version: file.version, set },
    from: new Date(fromMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    predictions: answers,
    cut: isCut,
    not_logged: notLogged.filter((name) => compiled.asked.includes(name)),
    rules: simulation.finish().rules.map(({ id, held, told, notKnown, labelled, bought, share, examples }) => ({
      ...{ id, family: written.get(id)!.family, when: written.get(id)!.source },
      ...{ held, told, not_known: notKnown, labelled, bought },
      share: share === null ? null : [...share],
      examples: [...examples],
    })),
  };
}
