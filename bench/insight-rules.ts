// What the shipped rules cost an answer, in microseconds: `node bench/insight-rules.ts`.
import { featureCatalog } from '@tillcast/core/features/catalog';
import type { Assessment } from '../apps/server/src/serving/assess.ts';
import { readSpokenRules } from '../apps/server/src/serving/rules.ts';
import { sayOf } from '../apps/server/src/serving/spoken.ts';

const features = featureCatalog.map(({ name }) => name);
const rules = readSpokenRules({ features });
const row = Float32Array.from(features, (_, index) => index % 7);
const question = {
  shopper: 'u:1',
  asOfMs: 0,
  price: 620,
  category: 'electronics.audio',
  hour: 19,
  dayOfWeek: 5,
  isWeekend: true,
};
const band = { name: 'top 5 %', topShare: 0.05, rate: [0.06, 0.05, 0.07], minLogOdds: -3, rows: 100 } as const;
const ensemble = { featureNames: features };
const assessment = {
  ...{ target: 'item', question, row, probability: 0.06, percentile: 96, band, baseRate: 0.02 },
  ...{ horizonMs: 86_400_000, rung: 'behavioural', model: { bundle: { ensemble } } },
} as unknown as Assessment;
const reasons = { baseValue: -3, contributions: new Map(features.map((name, index) => [name, (index % 11) / 10 - 0.4])) };

/** Microseconds of this process's own time a call, the best of five runs: a busy machine does not count. */
function microseconds(calls: number, call: () => unknown): number {
  const runs = Array.from({ length: 5 }, () => {
    const from = process.cpuUsage();
    for (let done = 0; done < calls; done++) call();
    const { user, system } = process.cpuUsage(from);
    return (user + system) / calls;
  });
  return Math.min(...runs);
}

const told = { shopper: 'u:1', nowMs: 0 };
const figures = {
  rules: rules.file.rules.length,
  insights_spoken: sayOf(assessment, reasons, rules).insights.length,
  answer_us: microseconds(200_000, () => sayOf(assessment, reasons, rules)),
  answer_with_caps_us: microseconds(200_000, () => sayOf(assessment, reasons, rules, { listener: told })),
  answer_without_reasons_us: microseconds(200_000, () => sayOf(assessment, undefined, rules)),
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
