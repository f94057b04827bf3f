import { count, figure, table, withInterval } from './card-text.ts';
import type { FrontPoint, LatencyReport, MemberAtSize } from './latency-report.ts';
import { describeSize } from './member-size.ts';

/** What the served ensemble costs a row. */
export interface ServedCost {
  readonly units: number;
  /** Nanoseconds a unit on the machine that trained. */
  readonly nsPerUnit: number;
  /** Median nanoseconds of one row there. */
  readonly measuredNs: number;
}

const ABOUT =
  'A unit is about a nanosecond of one core of the reference machine. Each line is the ensemble that says most nearly what the whole one says among those ' +
  'within the budget, its `log_odds` blend fitted to say just that; "against the whole" is its log loss minus that of all members whole, paired on the test window. ' +
  'All lines stand on the members of this search, which ranked them under its own budget.';

const micros = (ns: number): string => `${figure(ns / 1_000, 1)} µs`;

const taken = (members: readonly MemberAtSize[]): string =>
  members.map(({ name, ...size }) => `${name} ${describeSize(size)}`).join('; ');

/** The card's section on latency: what a row costs, and what tighter and looser budgets would have cost in log loss. */
export function latencySection(report: LatencyReport, served: ServedCost | undefined): string {
  const { budgetUnits, front } = report;
  const lines = front.map((point) => [
    point.budgetUnits === null ? 'none' : micros(point.budgetUnits),
    micros(point.units),
    withInterval(point.logLoss, 5),
    point.budgetUnits === null ? '' : withInterval(point.difference, 5),
    taken(point.members),
  ]);
  return [
    '## Latency',
    '',
    [costOfRow(report, served), verdict(front, budgetUnits)].filter((text) => text !== '').join(' '),
    '',
    ABOUT,
    '',
    table(['budget', 'cost', 'log loss', 'against the whole', 'taken'], lines),
  ].join('\n');
}

function costOfRow({ budgetUnits, units, members }: LatencyReport, served: ServedCost | undefined): string {
  const budget =
    budgetUnits === null ? 'No budget was set.' : `The budget is ${count(budgetUnits)} units (${micros(budgetUnits)}).`;
  const evaluated = `Score and exact reasons of one row cost the evaluated ensemble ${count(Math.round(units))} units (${taken(members)}).`;
  if (served === undefined) return `${budget} ${evaluated}`;
  const here = `measured where it was trained: ${micros(served.measuredNs)}; the yardstick model gives that machine ${figure(served.nsPerUnit, 2)} ns a unit`;
  return `${budget} ${evaluated} The served one, refitted, costs ${count(Math.round(served.units))} (${here}).`;
}

function verdict(front: readonly FrontPoint[], budgetUnits: number | null): string {
  const point = budgetUnits === null ? undefined : front.find((one) => one.budgetUnits === budgetUnits);
  if (point === undefined) return '';
  const { value, low, high } = point.difference;
  if (!(low > 0))
    return `Against the ensemble of all members whole, the budget costs nothing that can be told from chance (${withInterval(point.difference, 5)} in log loss).`;
  return `The budget has a price: log loss is ${figure(value, 5)} (${figure(low, 5)} to ${figure(high, 5)}) above that of all members whole.`;
}
