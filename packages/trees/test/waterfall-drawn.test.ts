import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowError } from '../src/encode-row.ts';
import { waterfallOf } from '../src/waterfall.ts';
import { waterfallSvg } from '../src/waterfall-svg.ts';
import { waterfallText } from '../src/waterfall-text.ts';
import { columnsOf } from '../src/waterfall-words.ts';

const ESC = '\u001b';
const hostile = [
  '<script>alert(1)</script>',
  `${ESC}[31mred${ESC}[0m`,
  '"><img src=x onerror=alert(1)>',
  '\u202egnp.exe',
  'a\r\nb\0',
  '\ud800',
  ']]>&amp;',
];
const contributions = hostile.map((_, index) => (index % 2 ? -1 : 1) / (index + 1));
const about = { base: -1, names: hostile, values: hostile };

/** What a document of ours may be made of: known elements and attributes without quotes or angle brackets in them, and escaped text. */
function strangersIn(svg: string): string[] {
  const elements = ['svg', 'title', 'desc', 'style', 'text', 'tspan', 'line', 'g', 'circle', 'path'];
  const left = svg
    .replace(/<\/(\w+)>/g, (tag, name) => (elements.includes(name) ? '' : tag))
    .replace(/<(\w+)((?: [\w-]+(?::[\w-]+)?="[^"<>]*")*)\/?>/g, (tag, name, attributes) =>
      elements.includes(name) && !/ on\w+=|href/i.test(attributes) ? '' : tag,
    );
  return left.replaceAll('\n', '').match(/[<>]|&(?!amp;|lt;|gt;|quot;|#39;)|[\p{Cc}\p{Cs}\u202a-\u202e\ufffe\uffff]/gu) ?? [];
}

const anyText = fc.string({ unit: 'binary', maxLength: 30 });

describe('the drawn waterfall', () => {
  it('draws each bar from where the one before ended', () => {
    const svg = waterfallSvg([3, -2, 1, 0.5, -0.25], { base: 1, top: 4 });
    const bars = [...svg.matchAll(/ d="M([\d.]+) [\d.]+H[\d.]+L([\d.]+) /g)].map(([, from, to]) => [Number(from), Number(to)]);
    expect(bars).toHaveLength(4);
    const [base, score] = [...svg.matchAll(/<circle cx="([\d.]+)"/g)].map(([, x]) => Number(x));
    expect(bars.map(([from]) => from)).toEqual([base, ...bars.slice(0, -1).map(([, to]) => to)]);
    expect(bars.at(-1)![1]).toBe(score);
    const { steps } = waterfallOf([3, -2, 1, 0.5, -0.25], { base: 1, top: 4 });
    const perUnit = (bars[0]![1]! - bars[0]![0]!) / steps[0]!.by;
    for (const [index, { by }] of steps.entries()) expect(bars[index]![1]! - bars[index]![0]!).toBeCloseTo(by * perUnit, 1);
  });

  it('lets no text of a model file become markup, in the picture or in its words', () => {
    expect(strangersIn(waterfallSvg(contributions, { ...about, title: hostile.join(' ') }))).toEqual([]);
    expect(strangersIn('<svg><script>alert(1)</script></svg>')).not.toEqual([]);
    expect(strangersIn('<g onload="alert(1)"/>')).not.toEqual([]);
    expect(strangersIn(`<text>${ESC}</text>`)).not.toEqual([]);
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 5 }), anyText, (names, title) => {
        const all = names.map((_, index) => index - 1.5);
        expect(strangersIn(waterfallSvg(all, { base: 0, names, values: names, title }))).toEqual([]);
      }),
      { seed: 20261123 },
    );
  });

  it('tells all of it in words, parts that cancel included', () => {
    const svg = waterfallSvg([2, 1, 0.5, -0.5], { base: -1, names: ['cart', 'price', 'hour', 'day'], top: 3, space: 'log_odds' });
    expect(svg).toMatch(/role="img"/);
    expect(svg).toMatch('<title>From base −1.00 to score 2.00</title>');
    expect(svg).toMatch(
      '<desc>Base −1.00 (log-odds); cart: +2.00; price: +1.00; 2 others: 0 (+0.500 and −0.500); score 2.00, a chance of 88.1 %.</desc>',
    );
  });

  it('has no style sheet where it goes into a page', () => {
    expect(waterfallSvg([1], { base: 0 })).toMatch('<style>');
    expect(waterfallSvg([1], { base: 0, inline: true })).not.toMatch(/<style|style=/);
  });

  it.each([[[]], [[0, 0, 0]], [[5e-324]], [[-1e300, 1e300]]])('draws %j without a number that is none', (all) => {
    expect(waterfallSvg(all, { base: 0 })).not.toMatch(/NaN|Infinity|undefined/);
    expect(waterfallText(all, { base: 0 })).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('refuses what cannot be drawn', () => {
    expect(() => waterfallSvg([Number.NaN], { base: 0 })).toThrow(RowError);
    expect(() => waterfallText([Number.NaN], { base: 0 })).toThrow(RowError);
    expect(() => waterfallSvg([1], { base: 0, width: 10 })).toThrow(RowError);
    expect(() => waterfallText([1], { base: 0, columns: Number.NaN })).toThrow(RowError);
  });
});

describe('the waterfall in text', () => {
  it('reads from base to score', () => {
    const text = waterfallText([2, -1, 0.25, 0.25], {
      base: -1,
      names: ['cart', 'price', 'hour', 'day'],
      values: [2, 19.9, null, 'Monday'],
      top: 3,
      columns: 50,
      space: 'log_odds',
    });
    expect(text.split('\n')).toEqual([
      'base (26.9 %)   −1.000  │',
      'cart = 2        +2.000  █████████████████████████',
      'price = 19.9    −1.000               ░░░░░░░░░░░░',
      '2 others        +0.500               ██████',
      'score (62.2 %)   0.500                     │',
      '(in log-odds)',
    ]);
  });

  it('stays on its lines and in its columns, and gives a terminal nothing to obey', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(anyText, fc.constantFrom(...hostile, '東京都の店舗名', '👩‍👩‍👧')), { minLength: 1, maxLength: 6 }),
        (names) => {
          const all = names.map((_, index) => index - 1.5);
          const lines = waterfallText(all, { base: 0, names, values: names, columns: 60 }).split('\n');
          expect(lines).toHaveLength(names.length + 2);
          for (const line of lines) {
            expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
            expect(columnsOf(line)).toBeLessThanOrEqual(60);
          }
        },
      ),
      { seed: 20261123 },
    );
  });
});
