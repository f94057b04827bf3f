import { openLineRing } from '@tillcast/stores/memory/line-ring';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const line = fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 40 }));
const step = fc.oneof({ weight: 5, arbitrary: fc.record({ push: line }) }, fc.record({ clear: fc.nat({ max: 20 }) }));

it('what is there is what was pushed last, to the byte, or was cleared; bytes and lines stay within their room', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 120 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 41, max: 200 }),
      (steps, capacity, room) => {
        const ring = openLineRing(capacity, room);
        // The newest first; undefined = cleared.
        const pushed: (string | undefined)[] = [];
        for (const one of steps) {
          if ('push' in one) {
            const [byte, length] = one.push;
            const bytes = new Uint8Array(length + 1).fill(byte);
            ring.push(bytes);
            pushed.unshift(bytes.join());
          } else if (one.clear < ring.size) {
            ring.clear(one.clear);
            pushed[one.clear] = undefined;
          }
          expect(ring.size).toBeLessThanOrEqual(capacity);
          const found = Array.from({ length: ring.size }, (_, age) => ring.at(age)?.join());
          expect(found).toEqual(pushed.slice(0, ring.size));
          expect(ring.at(ring.size)).toBeUndefined();
        }
        // Where lines are short, the number is the bound and not the room.
        if (pushed.length > 0 && room >= 41 * (capacity + 2)) expect(ring.size).toBe(Math.min(capacity, pushed.length));
      },
    ),
  );
});

it('what was cleared is not in the room any more, and a line larger than the room is left out', () => {
  const ring = openLineRing(3, 10);
  ring.push(new Uint8Array(4).fill(7));
  const view = ring.at(0)!;
  ring.clear(0);
  expect([...view]).toEqual([0, 0, 0, 0]);
  ring.push(new Uint8Array(11));
  expect(ring.size).toBe(1);
});
