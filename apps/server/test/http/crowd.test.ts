import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openCrowd } from '../../src/http/crowd.ts';

it('holds who entered and did not leave, and no more places than were needed at once', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat({ max: 9 }))), (steps) => {
      const crowd = openCrowd<string>();
      const there: { name: string; place: number }[] = [];
      let most = 0;
      for (const [index, leaver] of steps.entries()) {
        if (leaver === null) there.push({ name: `n${index}`, place: crowd.enter(`n${index}`) });
        else if (there.length > 0) crowd.leave(there.splice(leaver % there.length, 1)[0]!.place);
        most = Math.max(most, there.length);
        expect([...crowd].sort()).toEqual(there.map(({ name }) => name).sort());
        expect(crowd.size).toBe(there.length);
        expect(Math.max(-1, ...there.map(({ place }) => place))).toBeLessThan(most);
      }
    }),
  );
});
