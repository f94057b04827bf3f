import { addEffects, type EffectModel } from '@tillcast/core/decisions/uplift/effect-model';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** XGBoost adds in float32, so effects agree to about 1e-6 of a buyer's profit; a wrong column or curve is off by far more. */
const FARTHEST = 1e-4;

/** Refuses (PARITY_BROKEN) an effect that this process computes otherwise than the trainer did on the rows whose effects it told. */
export function checkEffectParity(model: EffectModel, rows: Float32Array, told: unknown, where: string): void {
  const { golden } = told as { readonly golden: readonly number[] };
  const ours = new Float64Array(golden.length);
  addEffects(model, rows, ours);
  const off = Math.max(...golden.map((value, i) => Math.abs(value - ours[i]!)));
  const size = model.terms.reduce((sum, { weight }) => sum + Math.abs(weight), 1);
  if (!(off <= FARTHEST * size)) throw new TillcastError('PARITY_BROKEN', `the effect ${where} is ${off} off`);
}
