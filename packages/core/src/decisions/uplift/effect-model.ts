import type { Engine } from '@tillcast/trees/engine';
import { probabilityOf } from '../../scoring/log-odds.ts';
import { type LinearTerm, linearLine } from './linear-term.ts';

/** One summand of an effect: a weight times a line or a forest, through the logistic function or not. */
export interface EffectTerm {
  readonly weight: number;
  readonly link: 'identity' | 'logistic';
  readonly model: { readonly kind: 'linear'; readonly linear: LinearTerm } | { readonly kind: 'forest'; readonly engine: Engine };
}

/** What a treatment adds to a shopper's expected profit, as a function of the features; the learner that made it does not matter any more. */
export interface EffectModel {
  readonly constant: number;
  readonly terms: readonly EffectTerm[];
}

/** Expected profit effects of many rows (features row after row), added to `into` times `weight`. */
export function addEffects(model: EffectModel, rows: Float32Array, into: Float64Array, weight = 1): void {
  const count = into.length;
  for (let row = 0; row < count; row++) into[row]! += weight * model.constant;
  const raw = new Float64Array(count);
  for (const term of model.terms) {
    scoreTerm(term, rows, raw);
    const scale = weight * term.weight;
    for (let row = 0; row < count; row++) into[row]! += scale * (term.link === 'logistic' ? probabilityOf(raw[row]!) : raw[row]!);
  }
}

function scoreTerm({ model }: EffectTerm, rows: Float32Array, into: Float64Array): void {
  if (model.kind === 'forest') model.engine.scoreBatch(rows, into.length, into);
  else for (let row = 0; row < into.length; row++) into[row] = linearLine(model.linear, rows, row * model.linear.columns.length);
}
