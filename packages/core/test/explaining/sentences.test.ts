import { dictionaryOf, phraseOf, valueInWords } from '@tillcast/core/explaining/feature-words';
import { sayReasons } from '@tillcast/core/explaining/say-reasons';
import { audiences, templates } from '@tillcast/core/explaining/sentence-templates';
import { featureCatalog } from '@tillcast/core/features/catalog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** Words that claim one thing brings another about. */
const causal =
  /\b(caus\w*|because|due to|thanks to|owing to|leads? to|led to|driv\w*|drove|boost\w*|increas\w*|decreas\w*|reduc\w*|rais\w*|lower\w*|improv\w*|trigger\w*|push\w*|result\w* in|results? from|effects?|affect\w*|impact\w*|influenc\w*|mak\w+|made|produces?|producing|generat\w*|so that|therefore|hence|responsible|convinc\w*|persuad\w*)\b/i;

const dictionary = dictionaryOf(featureCatalog);
const names = featureCatalog.map(({ name }) => name);
const spokenOf = (row: readonly number[], contributions: readonly number[], baseValue = -3) => ({
  names,
  row,
  explanation: {
    baseValue,
    contributions: Float64Array.from(contributions),
    logOdds: contributions.reduce((sum, value) => sum + value, baseValue),
  },
  dictionary,
  target: 'a purchase of this item',
  horizon: '24 hours',
});

describe('templates', () => {
  it.each(audiences.flatMap((audience) => Object.entries(templates[audience]).map(([part, text]) => [audience, part, text])))(
    '%s, %s: claims no cause',
    (_audience, _part, text) => {
      expect(text).not.toMatch(causal);
    },
  );

  it('the list notices a cause', () => {
    for (const claim of [
      'A lower price leads to more sales.',
      'It drives demand.',
      'This is due to {phrase}.',
      'Raised by {value}.',
    ])
      expect(claim).toMatch(causal);
  });

  it('nor does any sentence, with all of the dictionary put in', () => {
    for (const audience of audiences) {
      for (const at of names.keys()) {
        const { headline, reasons, caution } = sayReasons(
          audience,
          spokenOf(
            names.map(() => 1),
            names.map((_, j) => (j === at ? 0.5 : 0)),
          ),
        );
        expect([headline, ...reasons, caution].join(' ')).not.toMatch(causal);
      }
    }
  });
});

describe('sentences', () => {
  const at = (name: string): number => names.indexOf(name);
  const row = names.map((name) => ({ session_cart_adds: 2, price: 489.9, shopper_refund_share: 0.25 })[name] ?? 0);
  const contributions = names.map((name) => ({ session_cart_adds: 0.8, price: -0.4, shopper_refund_share: -0.1 })[name] ?? 0);

  it('tell a merchandiser, an analyst and support the same row in their words', () => {
    expect(sayReasons('merchandiser', spokenOf(row, contributions))).toMatchObject({
      headline: 'The chance of a purchase of this item within 24 hours is 6.30 %; the usual chance here is 4.74 %.',
      reasons: [
        'Speaks for buying: times something was put into the cart in this session (2).',
        'Speaks against buying: price of the item (489.90).',
        'Speaks against buying: returns for each order of the shopper, at most one (25 %).',
      ],
    });
    expect(sayReasons('analyst', spokenOf(row, contributions)).reasons[0]).toBe(
      'session_cart_adds = 2: +0.800 log-odds (+3.37 points at this score).',
    );
    expect(sayReasons('support', spokenOf(row, contributions)).headline).toBe(
      'We expect a purchase of this item within 24 hours in about 6 of 100 cases like this one; usual are 5 of 100.',
    );
  });

  it('leave no blank, and say for and against by the sign, whatever the numbers', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...audiences),
        fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: names.length, maxLength: names.length }),
        fc.array(fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constant(Number.NaN)), {
          minLength: names.length,
          maxLength: names.length,
        }),
        (audience, some, values) => {
          const { headline, reasons } = sayReasons(audience, spokenOf(values, some));
          expect([headline, ...reasons].join(' ')).not.toMatch(/[{}]|NaN|undefined|Infinity/);
          expect(reasons.length).toBeLessThanOrEqual(6);
          if (audience !== 'merchandiser') return;
          const top = some.reduce((lead, value, j) => (Math.abs(value) > Math.abs(some[lead]!) ? j : lead), 0);
          if (some[top] !== 0) expect(reasons[0]).toMatch(some[top]! > 0 ? /^Speaks for/ : /^Speaks against/);
        },
      ),
    );
  });

  it('tell an hour once, without its sine', () => {
    const both = names.map((name) => (name === 'hour_sin' ? 0.5 : name === 'hour_cos' ? 0.4 : 0));
    expect(sayReasons('support', spokenOf(row, both)).reasons).toEqual(['A sign of interest: hour of the day.']);
    expect(at('hour_cos')).toBeGreaterThan(0);
  });

  it('say so where nothing sets the row apart, and where a feature is in no dictionary', () => {
    expect(
      sayReasons(
        'support',
        spokenOf(
          row,
          names.map(() => 0),
        ),
      ).reasons,
    ).toEqual(['There is no particular sign either way.']);
    expect(phraseOf('own_feature', undefined)).toBe('own_feature');
    expect(valueInWords(Number.NaN, undefined)).toBe('not known');
  });
});
