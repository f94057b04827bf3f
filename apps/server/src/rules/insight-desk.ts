import type { InsightRulesAnswer } from '@tillcast/api/insight-rules';
import { setsOf } from '@tillcast/core/decisions/insights/rule';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { formatDuration } from '@tillcast/core/learning/duration';
import type { InsightDesk } from '../http/routes/insights.ts';
import type { SpokenRules } from '../serving/rules.ts';
import { type RuleNames, rulesFrom, type VersionedRules } from './read-rule-file.ts';
import { type SimulationParts, simulateRules } from './simulate-rules.ts';

const dayMs = 86_400_000;
/** Answers one simulation of a server looks at: about a second of its thread, in turns with the others. */
const mostAnswers = 100_000;

/** The rules in the words of the wire. */
export function rulesOnWire(file: VersionedRules): InsightRulesAnswer {
  const { version, language, rules } = file;
  const languages = [...(rules[0]?.words.keys() ?? [])].filter((name) => rules.every(({ words }) => words.has(name)));
  return {
    ...{ version, language, languages, sets: [...setsOf(file)] },
    rules: rules.map(({ id, family, source, words, evidence, group, priority, cap, sets, examples }) => ({
      ...{ id, family, when: source, ...words.get(language)!, evidence: [...evidence] },
      ...{ group: group ?? null, priority },
      cap: cap === undefined ? null : `${cap.times} in ${formatDuration(cap.withinMs)}`,
      sets: sets === undefined ? null : [...sets],
      examples: examples.length,
    })),
  };
}

/** What the desk needs. */
export interface InsightDeskParts extends Omit<SimulationParts, 'shop'> {
  readonly rules: SpokenRules;
  readonly names: RuleNames;
  readonly now: () => number;
}

/** Opens the desk that shows the rules and tries others; one simulation at a time. */
export function openInsightDesk({ rules, names, now, predictions, registry }: InsightDeskParts): InsightDesk {
  let isBusy = false;
  return {
    list: () => rulesOnWire(rules.file),
    async simulate({ file, set, since, until }) {
      const untilMs = until === undefined ? now() : Date.parse(until);
      const fromMs = since === undefined ? untilMs - dayMs : Date.parse(since);
      if (!(fromMs < untilMs))
        throw new TillcastError('INPUT_INVALID', `since (${since}) must lie before until (${until ?? 'now'}); exchange them`);
      const asked = file === undefined ? rules.file : rulesFrom(file, names, 'file');
      if (isBusy) throw new TillcastError('STORE_UNAVAILABLE', 'another simulation is under way; try again when it is done');
      isBusy = true;
      try {
        const parts = { predictions, registry, shop: rules.shop };
        return await simulateRules(asked, parts, { fromMs, untilMs, most: mostAnswers, set });
      } finally {
        isBusy = false;
      }
    },
  };
}
