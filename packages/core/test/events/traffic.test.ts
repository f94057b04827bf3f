import type { ShopEvent } from '@tillcast/core/events/event';
import { isInRange, parseIp, parseIpRange } from '@tillcast/core/events/ip-range';
import { openMarkTraffic } from '@tillcast/core/events/mark-traffic';
import { parseTrafficRules } from '@tillcast/core/events/traffic-rules';
import { openRowBuilder, type RowTable } from '@tillcast/core/learning/rows';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anEvent, originMs } from '../arbitraries/event.ts';
import { anyLinkedHistory, inKnowableOrder } from '../features/histories.ts';

const marks = (when: Record<string, unknown>) =>
  openMarkTraffic(parseTrafficRules({ version: '7', rules: [{ id: 'r', mark: 'bot', when }] }));
const from = (context: ShopEvent['context']) => anEvent(context === undefined ? {} : { context });

describe('addresses', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['192.0.2.128/25', '192.0.2.127', false],
    ['192.0.2.128/25', '192.0.2.200', true],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['0.0.0.0/0', '2001:db8::1', false],
  ])('%s holds %s: %s', (range, ip, inside) => {
    expect(isInRange(parseIp(ip)!, parseIpRange(range)!)).toBe(inside);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4/33',
    '1.2.3.4/',
    'a.b.c.d',
    '::1::',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    '1:2:3:4:5:6:7',
    '::/129',
    '1.2.3.4/8/8',
    ':::',
  ])('%s is none', (text) => {
    expect(parseIpRange(text)).toBeUndefined();
  });

  it('agrees with a bit by bit comparison', () => {
    const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
    const bitsOf = (parts: readonly number[]) => parts.map((part) => part.toString(2).padStart(8, '0')).join('');
    fc.assert(
      fc.property(v4, v4, fc.nat(32), (a, b, bits) => {
        const inside = isInRange(parseIp(b.join('.'))!, parseIpRange(`${a.join('.')}/${bits}`)!);
        expect(inside).toBe(bitsOf(a).slice(0, bits) === bitsOf(b).slice(0, bits));
      }),
    );
  });
});

describe('traffic rules', () => {
  it.each([
    [{ user_agent: ['Googlebot'] }, { user_agent: 'Mozilla/5.0 (compatible; googleBOT/2.1)' }, true],
    [{ user_agent: ['Googlebot'] }, { user_agent: 'Mozilla/5.0' }, false],
    [{ user_agent: ['Googlebot'] }, undefined, false],
    [{ ip: ['10.0.0.0/8'] }, { ip: '10.1.1.1' }, true],
    [{ ip: ['10.0.0.0/8'] }, { ip: 'not an address' }, false],
    [{ context: { internal: true } }, { internal: true }, true],
    [{ context: { internal: true } }, { internal: 'true' }, false],
    [{ context: { internal: true }, ip: ['10.0.0.0/8'] }, { internal: true, ip: '10.0.0.1' }, true],
    [{ context: { internal: true }, ip: ['10.0.0.0/8'] }, { internal: true, ip: '11.0.0.1' }, false],
  ] as const)('%j of %j: %s', (when, context, marked) => {
    expect(marks(when)(from(context))).toEqual(marked ? { kind: 'bot', rule: 'r', version: '7' } : undefined);
  });

  it('the first rule that applies marks', () => {
    const rules = ['a', 'b'].map((id) => ({ id, mark: 'internal', when: { context: { internal: true } } }));
    expect(openMarkTraffic(parseTrafficRules({ version: 1, rules }))(from({ internal: true }))).toEqual({
      kind: 'internal',
      rule: 'a',
      version: '1',
    });
  });

  it('a rate is met exactly: so many events in the window pass, one more is marked, and the next window begins anew', () => {
    const mark = marks({ more_than: 5, within_seconds: 60 });
    const at = (second: number, userId = 'ana') =>
      mark(anEvent({ eventTimeMs: originMs + second * 1_000, userId })) !== undefined;
    expect([0, 1, 2, 3, 4].map((second) => at(second))).toEqual([false, false, false, false, false]);
    expect([at(5), at(5, 'ben'), at(59)]).toEqual([true, false, true]);
    // 7 events lie in the minute before; at its middle half of them still count.
    expect([at(90), at(91), at(92)]).toEqual([false, true, true]);
    expect(at(300)).toBe(false);
  });

  it('one shopper’s rate is nobody else’s, and memory is bounded', () => {
    const mark = marks({ more_than: 2, within_seconds: 60 });
    for (let n = 0; n < 250_000; n++) expect(mark(anEvent({ userId: `u${n}` }))).toBeUndefined();
  });

  it.each([
    ['rules[0].when.user_agents', { when: { user_agents: ['x'] } }],
    ['rules[0].when', { when: {} }],
    ['rules[0].when.context', { when: { context: {} } }],
    ['rules[0].when.ip[0]', { when: { ip: ['10.0.0.0/40'] } }],
    ['rules[0].when.user_agent[0]', { when: { user_agent: [''] } }],
    ['rules[0].when', { when: { more_than: 3 } }],
    ['rules[0].when.more_than', { when: { more_than: 0, within_seconds: 1 } }],
    ['rules[0].when.within_seconds', { when: { more_than: 1, within_seconds: 0.5 } }],
    ['rules[0].mark', { mark: 'human' }],
    ['rules[0].id', { id: '' }],
  ])('names %s when it is wrong', (place, over) => {
    const rule = { id: 'r', mark: 'bot', when: { user_agent: ['x'] }, ...over };
    expect(() => parseTrafficRules({ version: '1', rules: [rule] })).toThrow(`traffic rules: ${place}: `);
  });

  it('names what is wrong with the file', () => {
    const rule = { id: 'r', mark: 'bot', when: { user_agent: ['x'] } };
    expect(() => parseTrafficRules({ rules: [rule] })).toThrow('version: must be a text');
    expect(() => parseTrafficRules({ version: '1', rules: [rule, rule] })).toThrow('the id "r" is there twice');
    expect(() => parseTrafficRules([])).toThrow('the file: must be a mapping');
  });
});

/** Everything a replay makes of a history. */
function replayed(history: readonly ShopEvent[]): unknown[] {
  const bits: number[] = [];
  const settings = { target: 'session', horizonMs: 1e9, refundWindowMs: 1, timeZone: 'UTC' } as const;
  const builder = openRowBuilder(settings, ({ features }) => void bits.push(...new Uint32Array(features.slice().buffer)));
  for (const event of inKnowableOrder(history)) builder.push(event);
  const {
    counts: { marked: _, events: _e, ...counts },
    dataFromMs: _f,
    dataUntilMs: _u,
    ...table
  } = builder.finish() as RowTable;
  return [bits, counts, table];
}

describe('marked events touch no feature and no label', () => {
  const mark = { kind: 'bot', rule: 'r', version: '1' } as const;
  const withMarks = fc.tuple(anyLinkedHistory(), fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }));
  // The last event stands, so that the data end where they did.
  const isMarked = (flags: readonly boolean[], history: readonly ShopEvent[]) => (event: ShopEvent) =>
    flags[history.indexOf(event)]! && event !== inKnowableOrder(history).at(-1);

  it('a table with them is the table without them', () => {
    fc.assert(
      fc.property(withMarks, ([history, flags]) => {
        const marked = isMarked(flags, history);
        const given = history.map((event) => (marked(event) ? { ...event, mark } : event));
        expect(replayed(given)).toEqual(replayed(history.filter((event) => !marked(event))));
      }),
    );
  });

  it('which would show if their marks were not looked at', () => {
    const property = fc.property(withMarks, ([history, flags]) => {
      const kept = history.filter((event) => !isMarked(flags, history)(event));
      return JSON.stringify(replayed(history)) === JSON.stringify(replayed(kept));
    });
    expect(fc.check(property, { seed: 1 }).failed).toBe(true);
  });
});
