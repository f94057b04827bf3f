import type { Ensemble, Score } from '@tillcast/core/scoring/ensemble';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { describe, expect, it } from 'vitest';
import { replayPrediction } from '../../src/jobs/replay-prediction.ts';
import { openLadder } from '../../src/serving/ladder.ts';
import { toyBundle, toyEnsemble } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question } from '../toys/toy-service.ts';

const row = Float32Array.of(1, 120);
const ensemble = toyEnsemble();

/** A ladder whose scoring fails where told to. */
function broken(
  fails: (of: Ensemble, values: Float32Array) => boolean,
  how: () => Score = () => {
    throw new Error('out of bounds');
  },
) {
  const at = { ms: 0 };
  const errors: unknown[] = [];
  let asked = 0;
  const climb = openLadder({
    now: () => at.ms,
    onFailure: (error) => errors.push(error),
    score: (of, rows, rowCount) => {
      asked += 1;
      return Array.from({ length: rowCount }, (_, index) => {
        const values = rows.subarray(index * row.length, (index + 1) * row.length);
        return fails(of, values) ? how() : scoreRow(of, values);
      });
    },
  });
  return { at, errors, climb: (...rows: Float32Array[]) => climb(ensemble, rows)[0], climbAll: climb, asked: () => asked };
}

const isWhole = ({ members }: Ensemble): boolean => members.length > 1;
const holds =
  (name: string) =>
  ({ members }: Ensemble): boolean =>
    members.some((member) => member.name === name);

describe('the ladder', () => {
  it('the ensemble answers while it can, and nothing else is asked', () => {
    const { climb, errors, asked } = broken(() => false);
    expect(climb(row)).toEqual({ score: scoreRow(ensemble, row), alone: undefined });
    expect([errors.length, asked()]).toEqual([0, 1]);
  });

  it.each([
    ['an exception', undefined],
    ['a score that is no number', () => ({ ...scoreRow(ensemble, row), logOdds: Number.NaN })],
    ['an infinite score', () => ({ ...scoreRow(ensemble, row), logOdds: Number.POSITIVE_INFINITY })],
  ])('%s: the weightiest member answers alone, as it would in the blend', (_what, how) => {
    const { climb, errors } = broken(isWhole, how);
    const rescued = climb(row)!;
    const alone = { ...ensemble, blend: { ...ensemble.blend, weights: { lightgbm: 1 } } };
    expect(rescued.alone).toBe('lightgbm');
    expect(rescued.score.logOdds).toBe(scoreRow(alone, row).logOdds);
    expect(rescued.score.agreement).toBe(0);
    expect(errors).toHaveLength(1);
  });

  it('where that one fails too, the next', () => {
    expect(broken(holds('lightgbm')).climb(row)).toMatchObject({ alone: 'random_forest' });
  });

  it('where all fail, none: the prior is left', () => {
    expect(broken(() => true).climb(row)).toBeUndefined();
  });

  it('rows that come together are scored together, to the bits of one by one', () => {
    const { climbAll, asked } = broken(() => false);
    const rows = [row, Float32Array.of(3, 20), Float32Array.of(Number.NaN, 7)];
    expect(climbAll(ensemble, rows)).toEqual(rows.map((one) => ({ score: scoreRow(ensemble, one), alone: undefined })));
    expect(asked()).toBe(1);
    const plain = openLadder({ now: () => 0, onFailure: () => {} });
    expect(plain(ensemble, rows)).toEqual(rows.map((one) => ({ score: scoreRow(ensemble, one), alone: undefined })));
  });

  it('one that breaks the ensemble does not take those it came with along: each has an answer', () => {
    const poison = Float32Array.of(666, 1);
    const { climbAll, errors } = broken((of, values) => isWhole(of) && values[0] === 666);
    const answers = climbAll(ensemble, [row, poison]);
    expect(answers.map((answer) => answer?.alone)).toEqual([undefined, 'lightgbm']);
    expect(errors).toHaveLength(1);
  });

  it('what failed is left alone for a while, then tried again, and takes its place back', () => {
    let isBroken = true;
    const { at, climb, errors } = broken((of) => isBroken && isWhole(of));
    for (let n = 0; n < 100; n += 1) expect(climb(row)?.alone).toBe('lightgbm');
    expect(errors).toHaveLength(1);
    at.ms += 250;
    expect(climb(row)?.alone).toBe('lightgbm');
    expect(errors).toHaveLength(2);
    isBroken = false;
    at.ms += 500;
    expect(climb(row)?.alone).toBeUndefined();
  });
});

describe('answers from below the champion', () => {
  const ask = async (damage: (members: Ensemble['members']) => Ensemble['members']) => {
    const bundle = toyBundle('v1');
    const damaged = { ...bundle, ensemble: { ...bundle.ensemble, members: damage(bundle.ensemble.members) } };
    const service = await openToyService({ models: toyRegistry([damaged]) });
    return (await service.post('/v1/predict', question())).json();
  };

  it('one member is gone: the other answers, and the answer says so', async () => {
    const answer = await ask((members) => members.filter(({ name }) => name === 'lightgbm'));
    expect(answer).toMatchObject({ rung: 'profile', degraded: ['ensemble', 'explanation'], confidence_score: 0 });
    expect(answer.model_used).toBe('item v1 (lightgbm alone)');
    expect(answer.purchase_probability).toBeGreaterThan(0);
  });

  it('its line says which member it was, and is scored again by that one, to the last bit', async () => {
    const bundle = toyBundle('v1');
    const members = bundle.ensemble.members.filter(({ name }) => name === 'random_forest');
    const service = await openToyService({ models: toyRegistry([{ ...bundle, ensemble: { ...bundle.ensemble, members } }]) });
    const { prediction_id } = (await service.post('/v1/predict', question())).json();
    await expect.poll(() => service.predictions.log.find('default', prediction_id)).toBeDefined();
    const line = (await service.predictions.log.find('default', prediction_id))!;
    expect(line.record.model).toMatchObject({ version: 'v1', alone: 'random_forest' });
    expect(await replayPrediction(line, toyRegistry([bundle]).registry)).toMatchObject({ agrees: true, differences: [] });
  });

  it('all are gone: the prior answers, and the answer says so', async () => {
    const answer = await ask(() => []);
    expect(answer).toMatchObject({ rung: 'prior', degraded: ['model'], model: { name: 'prior' } });
  });
});
