import { ExperimentResults } from '@tillcast/api/experiment-results';
import { Check, Errors } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { fridayEvening, openToyService } from '../toys/toy-service.ts';

const faults = (answer: unknown) =>
  [...Errors(ExperimentResults, answer)].map(({ instancePath, message }) => `${instancePath} ${message}`);

describe('results of an experiment', () => {
  it('are what the contract says, from the first moment, with figures, and where nothing can be measured', async () => {
    const service = await openToyService();
    const config = { experiment_id: 'ab', variants: ['a', 'b'], guardrails: [{ metric: 'margin' }], holdout: { share: 0.1 } };
    for (const [path, body] of [
      ['', config],
      ['/ab/start', {}],
    ] as const)
      await service.post(`/v1/experiments${path}`, body);
    const results = async () => (await service.get('/v1/experiments/ab/results')).json();
    expect(faults(await results())).toEqual([]);
    const events: object[] = [];
    for (let n = 0; n < 90; n++) {
      service.clock.nowMs = fridayEvening + n * 60_000;
      await service.post('/v1/experiments/ab/exposures', { anonymous_id: `d${n}` });
      const at = new Date(service.clock.nowMs + 1_000).toISOString();
      const items = [{ item_id: 'p', price: 20 + n, quantity: 1 }];
      if (n % 3 === 0)
        events.push({
          event_id: `b${n}`,
          event: 'purchase',
          anonymous_id: `d${n}`,
          event_time: at,
          transaction_id: `t${n}`,
          items,
        });
    }
    service.clock.nowMs = fridayEvening + 60 * 3_600_000;
    expect((await service.post('/v1/events', events)).json()).toMatchObject({ accepted: 30 });
    const answer = await results();
    expect(faults(answer)).toEqual([]);
    expect(answer.variants.a.interval[1]).toBeLessThan(answer.variants.a.mean);
    expect(answer.comparisons.map(({ not_measurable }: { not_measurable?: string }) => not_measurable !== undefined)).toContain(
      true,
    );
    // What no contract names, or what it lacks, is noticed.
    expect(Check(ExperimentResults, { ...answer, surprise: 1 })).toBe(false);
    expect(Check(ExperimentResults, { ...answer, verdict: undefined })).toBe(false);
  });
});
