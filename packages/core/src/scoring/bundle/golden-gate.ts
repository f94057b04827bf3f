import { engineOf } from '@tillcast/trees/engine-of';
import { TillcastError } from '../../errors/tillcast-error.ts';
import type { Ensemble, MemberName } from '../ensemble.ts';
import { refuse } from './files.ts';
import type { GoldenRow } from './parse-golden.ts';

/** How far TypeScript may be from each member's own library (design §3.3). 0 = the same bits. */
export const tolerances: Readonly<Record<MemberName, { readonly raw: number; readonly contribution: number }>> = {
  catboost: { raw: 1e-9, contribution: 1e-6 },
  // XGBoost computes SHAP in float32.
  xgboost: { raw: 0, contribution: 1e-5 },
  lightgbm: { raw: 1e-9, contribution: 1e-6 },
  random_forest: { raw: 1e-9, contribution: 1e-6 },
};

/** What the gate measured. */
export interface Parity {
  readonly rows: number;
  /** Largest |TypeScript − library| over raw scores. */
  readonly rawMaxAbs: number;
  /** Largest |TypeScript − library| over contributions and base values. */
  readonly contributionMaxAbs: number;
}

const broken = (member: MemberName, row: number, what: string, value: number, expected: number, tolerance: number): never => {
  throw new TillcastError(
    'PARITY_BROKEN',
    `${member}, golden row ${row + 1}: ${what} is ${value}, the library says ${expected} (off by ${Math.abs(value - expected)}, allowed ${tolerance})`,
  );
};

type Member = Ensemble['members'][number];

/** Largest error of one member over the golden rows; raises PARITY_BROKEN at the first beyond tolerance. */
function checkMember(
  { name, forest }: Member,
  golden: readonly GoldenRow[],
  featureNames: readonly string[],
): Omit<Parity, 'rows'> {
  // The engine that will serve is the one that is checked.
  const engine = engineOf(forest);
  const found = new Float64Array(featureNames.length);
  const allowed = tolerances[name];
  let rawMaxAbs = 0;
  let contributionMaxAbs = 0;
  let rows = 0;
  for (const [index, { row, members }] of golden.entries()) {
    const expected = members[name];
    if (expected === undefined) continue;
    rows++;
    const raw = engine.score(row);
    // Negated, so that NaN is refused as well.
    if (!(Math.abs(raw - expected.raw) <= allowed.raw)) broken(name, index, 'the raw score', raw, expected.raw, allowed.raw);
    rawMaxAbs = Math.max(rawMaxAbs, Math.abs(raw - expected.raw));
    if (expected.contributions === undefined) continue;
    const base = engine.explain(row, found);
    const compare = (what: string, value: number, wanted: number): void => {
      if (!(Math.abs(value - wanted) <= allowed.contribution)) broken(name, index, what, value, wanted, allowed.contribution);
      contributionMaxAbs = Math.max(contributionMaxAbs, Math.abs(value - wanted));
    };
    compare('the base value', base, expected.base!);
    expected.contributions.forEach((wanted, column) => {
      compare(`the contribution of ${featureNames[column]}`, found[column]!, wanted);
    });
  }
  if (rows === 0) refuse(`golden.jsonl has no row for ${name}: its scores cannot be checked`);
  return { rawMaxAbs, contributionMaxAbs };
}

/** The parity gate: every golden row's raw score and SHAP values, reproduced by TypeScript within tolerance, or PARITY_BROKEN. */
export function checkGolden(ensemble: Ensemble, golden: readonly GoldenRow[]): Parity {
  const parts = ensemble.members.map((member) => checkMember(member, golden, ensemble.featureNames));
  return {
    rows: golden.length,
    rawMaxAbs: Math.max(...parts.map((part) => part.rawMaxAbs)),
    contributionMaxAbs: Math.max(...parts.map((part) => part.contributionMaxAbs)),
  };
}
