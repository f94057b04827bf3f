import { conflictsWith } from '@tillcast/core/experiments/conflicts';
import { type ExperimentState, experimentStates, mayMove, refusedChanges } from '@tillcast/core/experiments/lifecycle';
import { parseExperiment, requireExperiment } from '@tillcast/core/experiments/parse-experiment';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** The reference configuration, as it stands in the tool it comes from. */
const reference = {
  experiment_id: 'model_comparison_2024',
  variants: ['catboost', 'xgboost', 'ensemble'],
  traffic_split: { catboost: 0.33, xgboost: 0.33, ensemble: 0.34 },
  primary_metric: 'purchase_probability',
};
const noTargeting = () => ({ kind: 'value', value: true }) as const;
const parse = (over: object) => parseExperiment({ ...reference, ...over }, noTargeting);
const read = (over: object = {}) => requireExperiment({ ...reference, ...over }, noTargeting);

describe('an experiment', () => {
  it('of the reference configuration is read verbatim, and its prediction metric decides nothing', () => {
    expect(read()).toMatchObject({
      id: 'model_comparison_2024',
      variants: [
        { name: 'catboost', model: { version: 'champion', member: 'catboost' } },
        { name: 'xgboost', model: { version: 'champion', member: 'xgboost' } },
        { name: 'ensemble', model: { version: 'champion' } },
      ],
      weights: [0.33, 0.33, 0.34],
      control: 'catboost',
      salt: 'model_comparison_2024',
      unit: 'device',
      exposureShare: 1,
      primaryMetric: 'purchase_probability',
      decisionMetric: 'conversion',
    });
  });

  it('may have variants that are versions, aliases, treatments, or names alone', () => {
    const variants = [
      { name: 'a', model: { version: 'challenger', member: 'lightgbm' } },
      { name: 'b', model: 'v20261120120000000-1a2b3c4d', treatment: { kind: 'offer', id: 'free-shipping' } },
    ];
    expect(read({ variants, traffic_split: { a: 0.5, b: 0.5 } }).variants).toEqual([
      { name: 'a', model: { version: 'challenger', member: 'lightgbm' } },
      { name: 'b', model: { version: 'v20261120120000000-1a2b3c4d' }, treatment: { kind: 'offer', id: 'free-shipping' } },
    ]);
    const names = read({ variants: ['control', 'blue'], traffic_split: undefined, primary_metric: 'margin' });
    expect(names).toMatchObject({
      variants: [{ name: 'control' }, { name: 'blue' }],
      weights: [0.5, 0.5],
      decisionMetric: 'margin',
    });
    expect(names.variants[0]).not.toHaveProperty('model');
  });

  it.each([
    [
      'a split that adds up to more',
      { traffic_split: { catboost: 0.5, xgboost: 0.5, ensemble: 0.5 } },
      '/traffic_split',
      /adds up to 1.5.*in proportion: 0.3333/,
    ],
    [
      'a split that adds up to less',
      { traffic_split: { catboost: 0.3, xgboost: 0.3, ensemble: 0.3 } },
      '/traffic_split',
      /exposure_share/,
    ],
    [
      'a weight for nobody',
      { traffic_split: { catboost: 0.5, xgboost: 0.25, ensemble: 0.25, b: 0 } },
      '/traffic_split/b',
      /variants are catboost/,
    ],
    ['a variant without a weight', { traffic_split: { catboost: 0.5, xgboost: 0.5 } }, '/traffic_split/ensemble', /missing/],
    [
      'a negative weight',
      { traffic_split: { catboost: -0.3, xgboost: 0.3, ensemble: 1 } },
      '/traffic_split/catboost',
      /from 0 to 1/,
    ],
    ['a model misspelt', { variants: ['catbost', 'xgboost', 'ensemble'] }, '/variants', /"catbost" names no model/],
    ['a variant twice', { variants: ['catboost', 'catboost', 'ensemble'] }, '/variants', /twice/],
    ['one variant', { variants: ['catboost'], traffic_split: { catboost: 1 } }, '/variants', /at least two/],
    ['an unknown metric', { primary_metric: 'clicks' }, '/primary_metric', /metrics are conversion/],
    ['a prediction that is to decide', { decision_metric: 'purchase_probability' }, '/decision_metric', /decides nothing/],
    ['a control that is none', { control: 'champion' }, '/control', /variants are catboost/],
    ['a unit that is none', { unit: 'household' }, '/unit', /device, shopper, session/],
    ['a slice of nobody', { layers: [{ layer: 'l', from: 0.5, to: 0.5 }] }, '/layers/0/to', /nobody/],
    ['an end before the start', { start_at: '2026-01-02T00:00:00Z', stop_at: '2026-01-01T00:00:00Z' }, '/stop_at', /after/],
    ['a field misspelt', { traffic_splits: {} }, '/traffic_splits', /no field/],
    ['no name', { experiment_id: undefined }, '/experiment_id', /missing/],
    ['a name that is no name', { experiment_id: 'a b' }, '/experiment_id', /letters/],
    [
      'a rollout looked at once',
      { allocation: { kind: 'rollout' }, analysis: { method: 'fixed' } },
      '/analysis',
      /a rollout is looked at every hour/,
    ],
    ['a guardrail on nothing', { guardrails: [{}] }, '/guardrails/0/metric', /missing/],
    ['a rollout of three', { allocation: { kind: 'rollout' } }, '/allocation', /two variants/],
    [
      'steps that fall',
      { variants: ['a', 'b'], traffic_split: undefined, allocation: { kind: 'rollout', steps: [0.2, 0.1] } },
      '/allocation/steps',
      /climb/,
    ],
    [
      'a treatment without a kind',
      { variants: ['a', { name: 'b', treatment: { id: 'x' } }], traffic_split: undefined },
      '/variants/1/treatment/kind',
      /missing/,
    ],
  ])('of %s is refused with field and remedy', (_what, over, pointer, problem) => {
    const { problems } = parse(over);
    expect(problems).toContainEqual({ pointer, problem: expect.stringMatching(problem) });
  });

  it('of anything at all is read or refused, never thrown out', () => {
    fc.assert(
      fc.property(
        fc.record({ variants: fc.anything(), traffic_split: fc.anything(), layers: fc.anything() }),
        fc.anything(),
        (over, whole) => {
          for (const { experiment, problems } of [parse(over), parseExperiment(whole, noTargeting)])
            expect(experiment === undefined).toBe(problems.length > 0);
        },
      ),
    );
  });
});

describe('a running experiment', () => {
  it.each([
    ['weights', { traffic_split: { catboost: 0.2, xgboost: 0.2, ensemble: 0.6 } }],
    ['the share exposed', { exposure_share: 0.5 }],
    ['its end', { stop_at: '2030-01-01T00:00:00Z' }],
  ])('may change %s', (_what, over) => expect(refusedChanges('running', read(), read(over))).toEqual([]));

  it.each([
    [
      'variants',
      { variants: ['catboost', 'xgboost', 'challenger'], traffic_split: { catboost: 0.33, xgboost: 0.33, challenger: 0.34 } },
      '/variants',
    ],
    ['the unit', { unit: 'shopper' }, '/unit'],
    ['the salt', { salt: 'another' }, '/salt'],
    ['the metric', { primary_metric: 'margin' }, '/primary_metric'],
    ['targeting', { targeting: 'true' }, '/targeting'],
    ['the registered rule', { analysis: { alpha: 0.1 } }, '/analysis'],
    ['its name', { experiment_id: 'another' }, '/experiment_id'],
  ])('may not change %s', (_what, over, pointer) => {
    expect(refusedChanges('running', read(), read(over)).map((one) => one.pointer)).toContain(pointer);
    if (pointer !== '/experiment_id') expect(refusedChanges('draft', read(), read(over))).toEqual([]);
  });

  it('never comes back from being stopped, whatever is wished', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...experimentStates)), (wishes) => {
        let state: ExperimentState = 'draft';
        let wasStopped = false;
        for (const wish of wishes) {
          if (!mayMove(state, wish)) continue;
          state = wish;
          expect(wasStopped).toBe(false);
          wasStopped = state === 'stopped';
        }
      }),
    );
  });

  it('keeps others from its slices, its holdout and its salt', () => {
    const slice = (from: number, to: number, over = {}) =>
      read({ experiment_id: `e${from}`, layers: [{ layer: 'checkout', from, to }], ...over });
    expect(conflictsWith(slice(0.5, 1), [slice(0, 0.5)])).toEqual([]);
    expect(conflictsWith(slice(0.4, 1), [slice(0, 0.5)])).toMatchObject([{ pointer: '/layers/0' }]);
    expect(conflictsWith(slice(0, 0.5), [slice(0, 0.5)])).toEqual([]);
    const held = (share: number) => ({ holdout: { name: 'global', share } });
    expect(conflictsWith(slice(0.5, 1, held(0.1)), [slice(0, 0.5, held(0.2))])).toMatchObject([{ pointer: '/holdout/share' }]);
    expect(conflictsWith(slice(0.5, 1, { salt: 's' }), [slice(0, 0.5, { salt: 's' })])).toMatchObject([{ pointer: '/salt' }]);
  });
});
