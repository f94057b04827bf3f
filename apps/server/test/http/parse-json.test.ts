import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardJson, type JsonRefused } from '../../src/http/json-guard.ts';
import { parseText } from '../../src/http/parse-json.ts';

/** What becomes of a text: its value, or where and why it is refused. */
function outcomeOf(read: (text: string) => unknown, text: string): unknown {
  try {
    return { value: read(text) };
  } catch (error) {
    const { pointer, detail } = error as JsonRefused;
    return { pointer, detail };
  }
}

/** The long way, which looks at every name. */
function closely(text: string): unknown {
  guardJson(text);
  return JSON.parse(text);
}

const name = fc.constantFrom('a', 'b', 'c/d', '', 'é', '__proto__', 'constructor', 'toString', 'a\\u0061', 'a\\"b', 'x:{');
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('1e999', '-1E999', '0.5e-3', '9'.repeat(309), '9'.repeat(299), `0.${'3'.repeat(320)}`, '-0', '12.50'),
);
const scalar = fc.oneof(
  number,
  fc.constantFrom('true', 'false', 'null', '"e1"', '"a:b,{["', '"\\\\"'),
  fc.string().map((one) => JSON.stringify(one)),
);
/** JSON as callers could write it, names that are there twice included. */
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie('json'), { maxLength: 4 }).map((parts) => `[${parts.join(' , ')}]`),
    fc
      .array(fc.tuple(name, tie('json')), { maxLength: 5 })
      .map((parts) => `{ ${parts.map(([key, value]) => `"${key}": ${value}`).join(',')} }`),
  ),
}));

describe('the short look at a body', () => {
  it('says of every JSON what the long one says', () => {
    fc.assert(
      fc.property(json, (text) => {
        expect(outcomeOf(parseText, text)).toEqual(outcomeOf(closely, text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":{"b":1,"b":2}}',
    '[{"a":1},{"a":1,"a":1}]',
    `{${Array.from({ length: 257 }, (_, index) => `"k${index}":1`).join(',')}}`,
    `${'['.repeat(33)}${']'.repeat(33)}`,
    `["${'x'.repeat(8_193)}"]`,
    '[1e400]',
  ])('lets nothing through that the long one refuses: %.40s', (text) => {
    expect(outcomeOf(parseText, text)).toEqual(outcomeOf(closely, text));
    expect(outcomeOf(parseText, text)).toHaveProperty('detail');
  });

  it('refuses every text that is no JSON', () => {
    fc.assert(
      fc.property(json, fc.nat(), fc.constantFrom('', '"', '}', ',', ':', '\\', '1'), (text, at, put) => {
        const cut = text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1);
        expect('value' in (outcomeOf(parseText, cut) as object)).toBe('value' in (outcomeOf(closely, cut) as object));
      }),
      { numRuns: 2_000 },
    );
  });
});
