import { tripleOf } from '@tillcast/core/learning/metric';
import { parseCount } from '../cli/train-flags.ts';
import { type CouponsReport, runCoupons } from './coupons.ts';
import { countCovered } from './coupons-lift.ts';
import type { LabFlags, LabScenario } from './scenario.ts';
import { readCouponScenario } from './scenarios.ts';

const caveat =
  'The lift was planted: it says nothing about your own shop. Your own needs an experiment with your own shoppers (tillcast uplift, docs/guides/decide.md).';

/** Coupons with planted, heterogeneous effects: from shop to ledger, beside the truth. */
export const couponsScenario: LabScenario = {
  name: 'coupons',
  description: 'coupons: shop, predictions, experiment, uplift, policy and ledger, each beside the planted truth',
  run: (flags, say) => (flags.runs === undefined ? runLoop(flags, say) : Promise.resolve(runLifts(flags, say))),
};

const shoppersOf = ({ shoppers }: LabFlags): number => parseCount('--shoppers', shoppers ?? '20000', 1_000, 2_000_000);
const seedOf = ({ seed }: LabFlags): number => parseCount('--seed', seed, 0, 2 ** 32 - 1);

async function runLoop(flags: LabFlags, say: (text: string) => void): Promise<unknown> {
  const scenario = readCouponScenario(flags.signal ?? 'medium');
  const shoppers = shoppersOf(flags);
  const threads = parseCount('--threads', flags.threads ?? '1', 1, 256);
  const report = await runCoupons({ scenario, shoppers, seed: seedOf(flags), threads, onStep: say });
  for (const line of linesOf(report)) say(line);
  return { scenario: scenario.name, version: scenario.version, shoppers, seed: seedOf(flags), ...toJson(report, shoppers) };
}

/** Only the experiments of many seeds in a row, as the whole loop would run them: how often the 95 % interval holds the planted lift. */
function runLifts(flags: LabFlags, say: (text: string) => void): unknown {
  const scenario = readCouponScenario(flags.signal ?? 'medium');
  const shoppers = shoppersOf(flags);
  const runs = parseCount('--runs', flags.runs!, 1, 100_000);
  const covered = countCovered(scenario, shoppers, seedOf(flags), runs);
  say(`the 95 % interval held the planted lift in ${covered} of ${runs} experiments of ${shoppers} shoppers. ${caveat}`);
  return {
    ...{ scenario: scenario.name, version: scenario.version, shoppers, seed: seedOf(flags), runs },
    lift_coverage: covered / runs,
    note: caveat,
  };
}

function toJson({ lift, baseRate, board, ledger, roi }: CouponsReport, shoppers: number) {
  const { chosen, lines, everybody } = board.board;
  return {
    true_lift: lift.trueLift,
    estimated_lift: lift.estimated,
    lift_verdict: lift.isMeasurable ? 'measured as planned' : 'not measurable yet',
    shoppers_planned: lift.planned,
    shoppers_more: Math.max(0, lift.planned - shoppers),
    base_rate: baseRate,
    profit: ledger.profit,
    share_of_oracle: ledger.shareOfOracle,
    ahead_per_shopper: Object.fromEntries(Object.entries(ledger.ahead).map(([rule, interval]) => [rule, tripleOf(interval)])),
    roi: roiToJson(roi),
    exploration_cost: ledger.explorationCost,
    treated_share: { learnt_policy: ledger.treatedShare, top_propensity: ledger.topPropensityShare },
    policy: { learner: chosen.name, estimated_profit_per_shopper: tripleOf(chosen.profit), shrinkage: chosen.shrinkage.slope },
    board: lines.map((line) => ({
      learner: line.name,
      profit_per_shopper: tripleOf(line.profit),
      treated_share: line.treatedShare,
    })),
    everybody_per_shopper: tripleOf(everybody),
    note: caveat,
  };
}

/** The experiment as the product's ledger books it, beside what is true. */
function roiToJson({ line, trueNetCents }: CouponsReport['roi']) {
  const last = line.days.at(-1);
  return {
    ...{ state: line.state, verdict: line.reason, true_net_cents: trueNetCents },
    net_cents: last === undefined ? null : tripleOf(last.netCents),
    incremental_margin_cents: last === undefined ? null : tripleOf(last.incrementalMarginCents),
    treatment_cost_cents: last?.treatmentCostCents ?? null,
    discount_cost_cents: last?.discountCostCents ?? null,
    ...{ treated_units: last?.treated ?? 0, reference_units: last?.reference ?? 0, days: line.days.length },
  };
}

function* linesOf({ lift, board, ledger, roi }: CouponsReport): Iterable<string> {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const [value, low, high] = lift.estimated;
  yield lift.isMeasurable
    ? `lift: planted ${percent(lift.trueLift)}, found ${percent(value)} (${percent(low)} to ${percent(high)})`
    : `lift: not measurable yet; the plan asks for ${lift.planned.toLocaleString('en')} shoppers (planted ${percent(lift.trueLift)}, interval so far ${percent(low)} to ${percent(high)})`;
  const { net_cents: net, verdict, true_net_cents: truth } = roiToJson(roi);
  if (net !== null)
    yield `ledger of the experiment, everybody by lot: net ${(net[0] / 100).toFixed(0)} (${(net[1] / 100).toFixed(0)} to ${(net[2] / 100).toFixed(0)}), truly ${(truth / 100).toFixed(0)}; ${verdict}`;
  yield 'board: profit a shopper above treating nobody, out of fold';
  for (const { name, profit, treatedShare } of board.board.lines)
    yield `  ${name.padEnd(20)} ${profit.value.toFixed(3).padStart(7)} (${profit.low.toFixed(3)} to ${profit.high.toFixed(3)})  treats ${percent(treatedShare)}${name === board.board.chosen.name ? '  ← served' : ''}`;
  yield 'profit on fresh shoppers:';
  for (const [rule, profit] of Object.entries(ledger.profit)) yield `  ${rule.padEnd(15)} ${profit.toFixed(0).padStart(12)}`;
  yield `the learnt policy earns ${percent(ledger.shareOfOracle)} of what perfect use of the features would, exploration paid`;
  yield caveat;
}
