import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openTurnEnd } from '../../src/http/turn-end.ts';
import type { Assessment, Prepared } from '../../src/serving/assess.ts';
import { openScoreSoon } from '../../src/serving/score-together.ts';

/** A turn of the loop that ends when told. */
function turns() {
  const tasks: (() => void)[] = [];
  return { end: () => tasks.splice(0).forEach((task) => void task()), turnEnd: openTurnEnd((task) => void tasks.push(task)) };
}

const prepared = (n: number): Prepared => ({ n }) as unknown as Prepared;

it('gives each question its own answer, all of a turn in one go, and a faulty one spoils only itself', async () => {
  const history = fc.array(fc.array(fc.boolean(), { maxLength: 100 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(history, async (faulty) => {
      const { end, turnEnd } = turns();
      const sizes: number[] = [];
      const soon = openScoreSoon((all) => {
        sizes.push(all.length);
        return all as unknown as Assessment[];
      }, turnEnd);
      let n = 0;
      for (const turn of faulty) {
        const from = n;
        const asked = turn.map((isFaulty) => {
          const own = n++;
          return soon(() => {
            if (isFaulty) throw new Error(`faulty ${own}`);
            return { own, prepared: prepared(own) };
          });
        });
        end();
        const answers = await Promise.allSettled(asked);
        answers.forEach((answer, index) => {
          if (turn[index] === true) expect((answer as PromiseRejectedResult).reason.message).toBe(`faulty ${from + index}`);
          else expect(answer).toMatchObject({ value: [{ own: from + index }, { n: from + index }] });
        });
      }
      expect(sizes.every((size) => size >= 1 && size <= 64)).toBe(true);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(faulty.flat().filter((isFaulty) => !isFaulty).length);
    }),
    { numRuns: 100 },
  );
});

it('rejects all of them where scoring raises', async () => {
  const { end, turnEnd } = turns();
  const soon = openScoreSoon(() => {
    throw new Error('broken');
  }, turnEnd);
  const asked = [soon(() => ({ prepared: prepared(1) })), soon(() => ({ prepared: prepared(2) }))];
  end();
  for (const one of asked) await expect(one).rejects.toThrow('broken');
});

it('sees the work of a turn done before what comes after it', () => {
  const { end, turnEnd } = turns();
  const seen: string[] = [];
  turnEnd.after(() => seen.push('after'));
  turnEnd.work(() => seen.push('work'));
  end();
  expect(seen).toEqual(['work', 'after']);
  end();
  expect(seen).toHaveLength(2);
});
