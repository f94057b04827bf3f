import { openTold } from '@tillcast/core/decisions/insights/caps';
import { activationOf, compileRules, failedExamples } from '@tillcast/core/decisions/insights/compile-rules';
import { parseRules } from '@tillcast/core/decisions/insights/parse-rules';
import type { RuleFile } from '@tillcast/core/decisions/insights/rule';
import { recommend, type Spoken, speak } from '@tillcast/core/decisions/insights/speak';
import type { FactValue } from '@tillcast/core/decisions/rules/expression';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileOf, reading, written } from './toy-rules.ts';

const refused: [string, Record<string, unknown>, string][] = [
  ['a text for a list', { rules: 'x' }, 'rules: must be a list'],
  ['an unknown fact in a hole', { rules: [written({ text: '{prize}' })] }, 'rules[0].text.en: {prize} is no fact or feature'],
  ['a hole without a format', { rules: [written({ text: '{price|bold}' })] }, 'no format "bold"'],
  ['a stranger', { rules: [written({ code: 'process.exit()' })] }, 'rules[0].code: is not a field here'],
  ['a stranger beside the rules', { rules: [], include: '/etc/passwd' }, 'the file.include: is not a field here'],
  ['the same id twice', { rules: [written(), written()] }, 'the id "dear" is there twice'],
  ['no text', { rules: [written({ text: ' ' })] }, 'rules[0].text: must be a text'],
  ['no condition', { rules: [written({ when: undefined })] }, 'rules[0].when: must be a text, not absent'],
  [
    'a condition that is data',
    { rules: [written({ when: { field: 'price' } })] },
    'rules[0].when: is a mapping; write the condition',
  ],
  ['an unknown family', { rules: [written({ family: 'magic' })] }, 'rules[0].family: must be one of intent, category'],
  ['an id with spaces', { rules: [written({ id: 'a b' })] }, 'rules[0].id: must be an id'],
  ['unknown evidence', { rules: [written({ evidence: ['luck'] })] }, 'no such fact or feature: luck'],
  [
    'a cap of no times',
    { rules: [written({ cap: { times: 0, within: 'P1D' } })] },
    'rules[0].cap.times: must be a whole number from 1',
  ],
  ['no set at all', { rules: [written({ sets: [] })] }, 'rules[0].sets: is empty: leave it out'],
  ['the silent set', { rules: [written({ sets: ['none'] })] }, 'is the set that says nothing'],
  ['a set twice', { rules: [written({ sets: ['a', 'a'] })] }, 'the id "a" is there twice'],
  ['a cap without a span', { rules: [written({ cap: { times: 1, within: 'a day' } })] }, '"a day" is not a duration'],
  ['a priority that is none', { rules: [written({ priority: 1.5 })] }, 'rules[0].priority: must be a whole number'],
  ['a language that is none', { rules: [written({ text: { en: 'a', 'x y': 'b' } })] }, 'must be a language'],
  [
    'a text not in the file’s language',
    { rules: [written({ text: { de: 'a' }, action: { de: 'b' } })] },
    'has no text in the file’s language, en',
  ],
  ['a text without its action', { rules: [written({ text: { en: 'a', de: 'b' } })] }, 'same languages; de is in one of them'],
  [
    'an example with a fact of another type',
    { rules: [written({ examples: [{ facts: { price: 'dear' }, fires: true }] })] },
    'examples[0].facts.price: must be a number',
  ],
  [
    'more rules than a person can read',
    { rules: Array.from({ length: 201 }, (_, n) => written({ id: `r${n}` })) },
    'holds 201 entries',
  ],
];

describe('reading rules', () => {
  it.each(refused)('refuses %s, naming the place', (_what, data, message) => {
    expect(() => parseRules(data, reading())).toThrow(message);
  });

  it('refuses a feature the catalogue does not hold, when it knows the catalogue', () => {
    const data = { rules: [written({ evidence: ['feature.cart_adds'] })] };
    expect(parseRules(data, reading(['cart_adds'])).rules).toHaveLength(1);
    expect(() => parseRules(data, reading(['views']))).toThrow('no such fact or feature: feature.cart_adds');
  });

  it('finds a rule that never fires on its examples, and one that fires where it should not', () => {
    expect(failedExamples(fileOf(written({ examples: [{ facts: { price: 1 }, fires: false }] })))).toEqual([
      'dear: no example in which it fires',
    ]);
    const examples = [
      { facts: { price: 501 }, fires: false },
      { facts: { price: 502 }, fires: true },
    ];
    expect(failedExamples(fileOf(written({ examples })))).toEqual(['dear: {"price":501} should not fire']);
  });
});

/** What is said of an answer with these facts. */
function say(file: ReturnType<typeof fileOf>, facts: Record<string, FactValue>, over: Partial<Spoken> = {}, language?: string) {
  const compiled = compileRules(file, language);
  const featureValue = (name: string) => facts[`feature.${name}`] as number | undefined;
  return speak(compiled, { facts: activationOf(compiled.asked, facts), contributions: undefined, featureValue, ...over });
}

describe('saying what fired', () => {
  const always = written({ id: 'any', when: 'probability >= 0', evidence: [], action: 'Wait.', text: 'Always.' });

  it('fills texts, gathers evidence, and shows what raised the answer most where a rule names nothing', () => {
    const contributions = new Map(Object.entries({ views: 0.2, cart: 0.7, age: -0.9, hour: 0.1, pace: 0.05 }));
    const facts = { price: 510, probability: 0.1, 'feature.views': 3 };
    expect(say(fileOf(written(), always), facts, { contributions })).toEqual([
      {
        rule: 'dear',
        text: 'Price 510.00.',
        action: 'Show instalments.',
        evidence: [{ feature: 'price', value: 510, contribution: null }],
      },
      {
        rule: 'any',
        text: 'Always.',
        action: 'Wait.',
        evidence: [
          { feature: 'cart', value: null, contribution: 0.7 },
          { feature: 'views', value: 3, contribution: 0.2 },
          { feature: 'hour', value: null, contribution: 0.1 },
        ],
      },
    ]);
  });

  it('is silent about what is not known', () => expect(say(fileOf(written()), {})).toEqual([]));

  it('recommends by the first rule that fires', () => {
    const compiled = compileRules(fileOf(written(), always));
    const ask = (facts: Record<string, FactValue>) => recommend(compiled, activationOf(compiled.asked, facts));
    expect(ask({ price: 501, probability: 0.2 })).toBe('Show instalments.');
    expect(ask({ probability: 0.2 })).toBe('Wait.');
    expect(ask({})).toBeUndefined();
  });

  it('prints rates as people count, and interprets nothing that is filled in', () => {
    const text = '{band_rate|in_100} in 100, {times_base_rate|times}, {probability|percent}, {brand} {brand}, {band}';
    const [said] = say(fileOf({ ...always, text }), {
      band_rate: 0.0634,
      times_base_rate: 3.14,
      probability: 0.0634,
      brand: '{price}',
    });
    expect(said!.text).toBe('6.3 in 100, 3.1 ×, 6.34 %, {price} {price}, ?');
  });

  it('speaks the language asked for, its broader form, else the file’s own; numbers and lengths of time too', () => {
    const text = { en: '{price|money} in {horizon_hours|hours}', de: '{price|money} in {horizon_hours|hours}' };
    const file = fileOf(written({ text, action: { en: 'Wait.', de: 'Warten.' } }));
    const facts = { price: 510.5, horizon_hours: 24 };
    const spoken = (language?: string) => say(file, facts, {}, language).map((one) => `${one.text}: ${one.action}`)[0];
    expect(spoken()).toBe('510.50 in 24 hours: Wait.');
    expect(spoken('de-AT')).toBe('510,50 in 24 Stunden: Warten.');
    expect(spoken('fr')).toBe('510.50 in 24 hours: Wait.');
    expect(say(file, { ...facts, horizon_hours: 168 }, {}, 'de')[0]!.text).toBe('510,50 in 7 Tage');
  });

  describe('by insight set', () => {
    const someRules = fc.array(
      fc.record({
        when: fc.constantFrom('price > 100', 'price > 500'),
        group: fc.option(fc.constantFrom('g', 'h'), { nil: undefined }),
        sets: fc.option(fc.uniqueArray(fc.constantFrom<string[]>('default', 'bold', 'calm'), { minLength: 1 }), {
          nil: undefined,
        }),
      }),
      { maxLength: 8 },
    );
    const aSet = fc.constantFrom(undefined, 'default', 'bold', 'calm', 'none', 'unheard');
    const idsSaid = (file: RuleFile, price: number, set?: string) => say(file, { price }, { set }).map(({ rule }) => rule);
    type Hear = (file: RuleFile, price: number, set: string | undefined) => string[];

    /** A set is heard as if the file held its rules alone. */
    const check = (hear: Hear) =>
      fc.check(
        fc.property(someRules, aSet, fc.constantFrom(50, 200, 900), (given, set, price) => {
          const rules = given.map((one, n) => ({ ...written({ ...one, id: `r${n}` }), sets: one.sets }));
          const own = rules.filter(({ sets }) => set !== 'none' && (sets?.includes(set ?? 'default') ?? true));
          const alone = own.map(({ sets: _, ...rest }) => rest);
          expect(hear(fileOf(...rules), price, set)).toEqual(idsSaid(fileOf(...alone), price));
        }),
        { seed: 6, numRuns: 500 },
      );

    it('says what a file of that set’s rules alone would say', () => expect(check(idsSaid).failed).toBe(false));

    it('planted: a rule of another set that silences its group is found', () => {
      const afterwards: Hear = (file, price, set = 'default') =>
        say(fileOf(...file.rules.map(({ id, source, group }) => written({ id, when: source, group }))), { price })
          .map(({ rule }) => rule)
          .filter((id) => set !== 'none' && (file.rules.find((one) => one.id === id)!.sets?.includes(set) ?? true));
      expect(check(afterwards).failed).toBe(true);
    });
  });

  it('lets the first of a group speak alone, by priority, then by place', () => {
    const file = fileOf(
      written({ id: 'first', group: 'g' }),
      written({ id: 'free' }),
      written({ id: 'urgent', group: 'g', priority: 5, when: 'price > 600' }),
      written({ id: 'other', group: 'h' }),
    );
    expect(say(file, { price: 501 }).map(({ rule }) => rule)).toEqual(['first', 'free', 'other']);
    expect(say(file, { price: 601 }).map(({ rule }) => rule)).toEqual(['urgent', 'free', 'other']);
  });

  it('asks for a cap only of what would speak, and gives way to the next of the group', () => {
    const cap = { times: 1, within: 'P1D' };
    const file = fileOf(
      written({ id: 'a', group: 'g', cap }),
      written({ id: 'b', group: 'g' }),
      written({ id: 'c', cap, when: 'price > 900' }),
    );
    const asked: string[] = [];
    const refuse = { mayTell: ({ id }: { id: string }) => asked.push(id) < 0 };
    expect(say(file, { price: 501 }, refuse).map(({ rule }) => rule)).toEqual(['b']);
    expect(asked).toEqual(['a']);
    expect(say(file, { price: 501 }).map(({ rule }) => rule)).toEqual(['a']);
  });
});

describe('caps', () => {
  const cap = { times: 2, withinMs: 1_000 };

  it('in no span is a shopper told more often, and as often as the cap allows', () => {
    const steps = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 700 }), shopper: fc.constantFrom('a', 'b') }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (asked) => {
        const told = openTold();
        const moments: Record<string, number[]> = { a: [], b: [] };
        let nowMs = 0;
        for (const { wait, shopper } of asked) {
          nowMs += wait;
          const recent = moments[shopper]!.filter((atMs) => atMs > nowMs - cap.withinMs);
          const may = told.mayTell(shopper, 'r', cap, nowMs);
          expect(may).toBe(recent.length < cap.times);
          if (may) moments[shopper]!.push(nowMs);
        }
      }),
    );
  });

  /** Two memories that tell each other of every telling before the next: at no time more tellings than one memory would allow. */
  const shared = (learns: boolean) =>
    fc.check(
      fc.property(fc.array(fc.record({ wait: fc.integer({ min: 0, max: 700 }), by: fc.nat(1) }), { maxLength: 40 }), (asked) => {
        const [both, one] = [[openTold(), openTold()], openTold()];
        const all: number[] = [];
        let nowMs = 0;
        for (const { wait, by } of asked) {
          nowMs += wait;
          if (learns) both[by]!.learn('a', 'r', all);
          const may = both[by]!.mayTell('a', 'r', cap, nowMs);
          expect(may).toBe(one.mayTell('a', 'r', cap, nowMs));
          if (may) all.push(nowMs);
        }
      }),
      { seed: 6, numRuns: 200 },
    );

  it('of several processes are one where they hear of each other’s tellings; planted: of deaf ones they are not', () => {
    expect(shared(true).failed).toBe(false);
    expect(shared(false).failed).toBe(true);
  });

  it('remembers a bounded number of shoppers, and forgets one who is erased', () => {
    const told = openTold(10);
    for (let n = 0; n < 1_000; n++) told.mayTell(`s${n}`, 'r', cap, 0);
    expect(told.shoppers).toBeLessThanOrEqual(10);
    told.mayTell('x', 'r', { times: 1, withinMs: 1_000 }, 0);
    expect(told.mayTell('x', 'r', { times: 1, withinMs: 1_000 }, 1)).toBe(false);
    told.forget('x');
    expect(told.mayTell('x', 'r', { times: 1, withinMs: 1_000 }, 2)).toBe(true);
  });
});
