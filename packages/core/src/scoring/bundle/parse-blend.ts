import { type Blend, type MemberName, memberNames } from '../ensemble.ts';
import { Fields } from './fields.ts';
import { refuse } from './files.ts';

// Far beyond what calibration learns; beyond it, served log-odds could overflow.
const LARGEST_LOG_ODDS = 1e6;

function parseWeights(fields: Fields): Blend['weights'] {
  fields.only(...memberNames);
  const weights: Partial<Record<MemberName, number>> = {};
  for (const name of memberNames) if (fields.has(name)) weights[name] = fields.number(name, 0, 1);
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  if (!(Math.abs(sum - 1) <= 1e-9)) refuse(`blend.json: the weights add up to ${sum}, not to 1`);
  return weights;
}

/** blend.json: weights on the simplex, a positive slope, a forest shrunk away from 0 and 1. */
export function parseBlend(value: unknown): Blend {
  const fields = new Fields(value, 'blend.json').only('kind', 'weights', 'platt', 'forestShrinkage');
  const platt = fields.object('platt').only('slope', 'intercept');
  const shrinkage = fields.object('forestShrinkage').only('lambda', 'pi');
  const slope = platt.number('slope', 0, LARGEST_LOG_ODDS);
  if (slope === 0) refuse('blend.json: the slope of the calibration is 0');
  return {
    kind: fields.choice('kind', ['log_odds', 'soft']),
    weights: parseWeights(fields.object('weights')),
    platt: { slope, intercept: platt.number('intercept', -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS) },
    forestShrinkage: { lambda: shrinkage.number('lambda', 1e-4, 1), pi: shrinkage.number('pi', 1e-12, 1 - 1e-12) },
  };
}
