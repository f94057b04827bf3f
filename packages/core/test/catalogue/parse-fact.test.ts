import { parseFact } from '@tillcast/core/catalogue/parse-fact';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const receivedAtMs = Date.UTC(2026, 10, 20, 12);
const parse = (value: unknown) => parseFact(value, { receivedAtMs });
const wrong = (over: Record<string, unknown>): string[] => {
  const parsed = parse({ item_id: 'p1', price: 1, ...over });
  return parsed.ok ? [] : parsed.problems.map(({ pointer }) => pointer);
};

describe('parseFact', () => {
  it('takes what is said, from now on where it does not say since when', () => {
    expect(parse({ item_id: 'p1', price: 9.5, stock: 3, available: true, category: 'a.b', brand: null })).toEqual({
      ok: true,
      fact: {
        ...{ tenant: 'default', itemId: 'p1', validFromMs: receivedAtMs, receivedAtMs },
        says: { price: 9.5, stock: 3, available: true, category: 'a.b', brand: null },
      },
    });
    expect(parse({ item_id: 'p1', valid_from: '2026-11-27T00:00:00+01:00', price: 0 })).toMatchObject({
      fact: { validFromMs: Date.UTC(2026, 10, 26, 23), says: { price: null } },
    });
    expect(parse({ item_id: 'p1', availability: 'Out of stock' })).toMatchObject({ fact: { says: { available: false } } });
  });

  it.each([
    [{ price: -1 }, '/price'],
    [{ price: '9' }, '/price'],
    [{ price: 1e13 }, '/price'],
    [{ cost: -0.01 }, '/cost'],
    [{ margin: 1.01 }, '/margin'],
    [{ margin: -100.5 }, '/margin'],
    [{ currency: 'euro' }, '/currency'],
    [{ stock: 1.5 }, '/stock'],
    [{ stock: -1 }, '/stock'],
    [{ stock: 1e9 + 1 }, '/stock'],
    [{ available: 'yes' }, '/available'],
    [{ availability: 'soon' }, '/availability'],
    [{ category: 7 }, '/category'],
    [{ title: 'x'.repeat(1_025) }, '/title'],
    [{ item_id: '' }, '/item_id'],
    [{ item_id: undefined }, '/item_id'],
    [{ valid_from: 'tomorrow' }, '/valid_from'],
    [{ valid_from: 1_700_000_000 }, '/valid_from'],
    [{ valid_from: '2037-01-01T00:00:00Z' }, '/valid_from'],
    [{ colour: 'red' }, '/colour'],
  ])('refuses %j, pointing at it', (over, pointer) => {
    expect(wrong(over)).toContain(pointer);
  });

  it.each([
    { margin: 1 },
    { margin: -100 },
    { stock: 0 },
    { stock: 1e9 },
    { price: 1e12 },
    { price: null },
    { title: 'x'.repeat(1_024) },
  ])('takes %j, which lies on a bound', (over) => {
    expect(wrong(over)).toEqual([]);
  });

  it('refuses one that says nothing', () => {
    const parsed = parse({ item_id: 'p1', valid_from: '2026-11-20T00:00:00Z' });
    expect(parsed).toMatchObject({
      ok: false,
      problems: [{ problem: expect.stringContaining('says nothing of the item; give one of price') }],
    });
  });

  it('never throws, whatever it is given', () => {
    fc.assert(fc.property(fc.anything(), (value) => void parse(value)));
  });
});
