import type { EffectModel } from '@tillcast/core/decisions/uplift/effect-model';
import { parseEffect } from '@tillcast/core/decisions/uplift/parse-effect';
import { describe, expect, it } from 'vitest';
import { checkEffectParity } from '../../src/uplift/effect-parity.ts';

const column = (coefficient: number) => ({ curve: 'log', mean: 0.5, scale: 2, coefficient, missing: 0.25 });
const told = (coefficient: number) => ({
  constant: -0.5,
  terms: [{ weight: 25.8, link: 'logistic', linear: { intercept: -3, clip: 5, columns: [column(coefficient), column(0)] } }],
});
const parse = (content: unknown): EffectModel => parseEffect(content, 2, () => '', 'dr.coupon');
const rows = Float32Array.of(1, 0, -3, 7, Number.NaN, 1);
/** By hand: −0.5 + 25.8 σ(−3 + 0.4 · clip(2 (sign(v) log(1 + |v|) − 0.5))); a missing value adds 0.25 instead. */
const golden = [Math.log(2), -Math.log(4), undefined].map((v) => {
  const line = -3 + (v === undefined ? 0.25 : 0.4 * Math.max(-5, Math.min(5, 2 * (v - 0.5))));
  return -0.5 + 25.8 / (1 + Math.exp(-line));
});

describe('the parity of effects', () => {
  it('holds for the formula the trainer told', () => {
    expect(() => checkEffectParity(parse(told(0.4)), rows, { golden }, 'dr.coupon')).not.toThrow();
  });
  it('refuses another coefficient, and a missing value read otherwise', () => {
    expect(() => checkEffectParity(parse(told(0.41)), rows, { golden }, 'dr.coupon')).toThrow(/dr.coupon is .* off/);
    const known = Float32Array.from(rows, (value) => (Number.isNaN(value) ? 0 : value));
    expect(() => checkEffectParity(parse(told(0.4)), known, { golden }, 'dr.coupon')).toThrow(/off/);
  });
  it.each([
    [{ constant: 'x', terms: [] }, /constant is "x"/],
    [{ constant: 0, terms: [{ weight: 1, link: 'cube' }] }, /link is "cube"/],
    [{ constant: 0, terms: [{ weight: 1, link: 'identity', file: '../keys/signing.pem' }] }, /file is/],
    [
      { constant: 0, terms: [{ weight: 1, link: 'identity', linear: { intercept: 0, clip: 5, columns: [] } }] },
      /list of 2 columns/,
    ],
  ])('refuses an effect that cannot be believed: %#', (content, said) => {
    expect(() => parse(content)).toThrow(said);
  });
});
