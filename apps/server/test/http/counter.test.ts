import fc from 'fast-check';
import { Counter as PlainCounter, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { Counter } from '../../src/http/counter.ts';

const label = fc.constantFrom('a', 'b', '', 200, '200', undefined);
const step = fc.oneof(
  fc.record({ labels: fc.record({ one: label, two: label }), by: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }) }),
  fc.constant('read' as const),
);

it('counts what prom-client counts, read in between or not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const configuration = { name: 'n', help: 'h', labelNames: ['one', 'two'] as const };
      const [ours, theirs] = [new Registry(), new Registry()];
      const quick = new Counter({ ...configuration, registers: [ours] });
      const plain = new PlainCounter({ ...configuration, registers: [theirs] });
      for (const one of steps) {
        if (one === 'read') await ours.metrics();
        else {
          const labels = Object.fromEntries(Object.entries(one.labels).filter(([, value]) => value !== undefined)) as Record<
            string,
            string
          >;
          quick.inc(labels, one.by);
          plain.inc(labels, one.by);
        }
      }
      const linesOf = async (registry: Registry) => (await registry.metrics()).split('\n').sort();
      expect(await linesOf(ours)).toEqual(await linesOf(theirs));
    }),
  );
});
