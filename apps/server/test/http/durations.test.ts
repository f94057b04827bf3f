import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { Durations } from '../../src/http/durations.ts';

const about = { name: 'took_seconds', help: 'How long.', buckets: [0.001, 0.01, 0.1, 1] };

it('prints what a plain histogram prints', async () => {
  const seen = fc.array(fc.record({ kind: fc.constantFrom('single', 'batch'), seconds: fc.integer({ min: 0, max: 64 }) }));
  await fc.assert(
    fc.asyncProperty(seen, async (durations) => {
      const [ours, plain] = [new Registry(), new Registry()];
      const quick = new Durations({ ...about, label: 'kind', registers: [ours] });
      const usual = new Histogram({ ...about, labelNames: ['kind'], registers: [plain] });
      const took = { single: quick.of('single'), batch: quick.of('batch') };
      for (const kind of ['single', 'batch']) usual.zero({ kind });
      for (const { kind, seconds } of durations) {
        took[kind as keyof typeof took](seconds / 32);
        usual.observe({ kind }, seconds / 32);
      }
      expect(await ours.metrics()).toBe(await plain.metrics());
    }),
    { numRuns: 50 },
  );
});
