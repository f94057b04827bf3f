import { rateInterval } from '../../scoring/rate-interval.ts';
import type { Activation } from '../rules/compile-expression.ts';
import { openTold } from './caps.ts';
import type { CompiledRules } from './compile-rules.ts';
import { speak } from './speak.ts';

/** One answer that was given, as far as rules can ask of it. */
export interface PastAnswer {
  readonly predictionId: string;
  readonly shopper: string;
  readonly askedAtMs: number;
  /** By the slots of the compiled rules. */
  readonly facts: Activation;
  /** Whether the shopper bought within the horizon; undefined = not decided yet. */
  readonly label: 0 | 1 | undefined;
}

/** What one rule would have done. `answers = held + not held + notKnown`, `told <= held`. */
export interface SimulatedRule {
  readonly id: string;
  /** Answers for which the condition was true. */
  readonly held: number;
  /** Of these, answers that would have said it: after groups and caps. */
  readonly told: number;
  /** Answers for which the condition rested on something that was not known. */
  readonly notKnown: number;
  /** Of the answers told whose window has closed: how many, how many bought, and the share with its 95 % interval by shopper. */
  readonly labelled: number;
  readonly bought: number;
  readonly share: readonly [number, number, number] | null;
  /** The first few it would have been said to. */
  readonly examples: readonly string[];
}

const examplesKept = 3;
const asExplained = { contributions: undefined, featureValue: () => undefined } as const;

/** Collects what the rules of an insight set (default: `default`) would have said of answers, handed over in the order in which they were given. Memory: a few bytes an answer that is told. */
export function openSimulation(compiled: CompiledRules, set?: string) {
  const { rules } = compiled;
  const told = openTold();
  const shoppers = new Map<string, number>();
  const codeOf = (shopper: string): number => shoppers.get(shopper) ?? shoppers.set(shopper, shoppers.size).size - 1;
  const counts = rules.map(({ rule }) => ({
    id: rule.id,
    ...{ held: 0, told: 0, notKnown: 0 },
    labels: [] as number[],
    groups: [] as number[],
    examples: [] as string[],
  }));
  const byId = new Map(counts.map((count) => [count.id, count]));
  let answers = 0;
  return {
    push({ predictionId, shopper, askedAtMs, facts, label }: PastAnswer): void {
      answers++;
      for (const [index, { holds }] of rules.entries()) {
        const isSo = holds(facts);
        if (isSo === true) counts[index]!.held++;
        else if (isSo === undefined) counts[index]!.notKnown++;
      }
      const mayTell: Parameters<typeof speak>[1]['mayTell'] = ({ id, cap }) => told.mayTell(shopper, id, cap!, askedAtMs);
      for (const { rule } of speak(compiled, { ...asExplained, facts, mayTell, set })) {
        const count = byId.get(rule)!;
        count.told++;
        if (count.examples.length < examplesKept) count.examples.push(predictionId);
        if (label === undefined) continue;
        count.labels.push(label);
        count.groups.push(codeOf(shopper));
      }
    },
    finish(): { readonly answers: number; readonly rules: readonly SimulatedRule[] } {
      return {
        answers,
        rules: counts.map(({ labels, groups, ...count }) => {
          const { rows, positives, rate } = rateInterval(labels, Int32Array.from(groups), labels.keys());
          return { ...count, labelled: rows, bought: positives, share: rows === 0 ? null : rate };
        }),
      };
    },
  };
}
