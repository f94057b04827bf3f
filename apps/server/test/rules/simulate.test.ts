import type { InsightRulesAnswer, InsightSimulation } from '@tillcast/api/insight-rules';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { fridayEvening, openToyService, question } from '../toys/toy-service.ts';

const rule = (over: Record<string, unknown>) => ({
  family: 'price',
  text: 'Price.',
  action: 'Wait.',
  examples: [{ facts: { price: 1_000 }, fires: true }],
  ...over,
});
const dear = rule({ id: 'dear', when: 'price > 500' });
const file = { rules: [dear] };
const prices = [120, 501, 900, 400, 2_000, undefined];

let service: Awaited<ReturnType<typeof openToyService>>;
const simulate = async (body: object) => {
  const answer = await service.post('/v1/insights/rules/simulate', body);
  return { status: answer.statusCode, ...answer.json<InsightSimulation>() };
};

beforeAll(async () => {
  service = await openToyService();
  for (const [index, price] of prices.entries()) {
    service.clock.nowMs = fridayEvening + index * 60_000;
    const { price: _, ...rest } = question({ user_id: `u${index % 3}` });
    await service.post('/v1/predict', price === undefined ? rest : { ...rest, price });
  }
  service.clock.nowMs = fridayEvening + 3_600_000;
  const logged = prices.filter((price) => price !== undefined).length;
  await vi.waitFor(async () => expect(await service.predictions.log.count()).toBe(logged));
});

describe('what rules would have said', () => {
  it('counts the answers for which they hold, and changes nothing', async () => {
    const answer = await simulate({ file });
    expect(answer).toMatchObject({ status: 200, predictions: 5, cut: false, not_logged: [] });
    expect(answer.rules).toMatchObject([{ id: 'dear', held: 3, told: 3, not_known: 0, labelled: 0, bought: 0, share: null }]);
    expect(answer.rules[0]!.examples).toHaveLength(3);
    expect(await simulate({ file })).toEqual(answer);
  });

  it('counts only the span that is asked about', async () => {
    const at = (minutes: number) => new Date(fridayEvening + minutes * 60_000).toISOString();
    expect((await simulate({ file, since: at(2), until: at(4) })).rules).toMatchObject([{ held: 1, told: 1 }]);
    expect(await simulate({ file, since: at(4), until: at(2) })).toMatchObject({ status: 400, code: 'INPUT_INVALID' });
  });

  it('counts groups and caps', async () => {
    const capped = { ...dear, id: 'capped', cap: { times: 1, within: 'P1D' } };
    // Shoppers 1, 2 and 1 were shown dear items: the second time, shopper 1 was told already.
    expect((await simulate({ file: { rules: [capped] } })).rules).toMatchObject([{ held: 3, told: 2 }]);
    const grouped = { rules: [{ ...dear, group: 'g' }, rule({ id: 'next', when: 'price > 100', group: 'g' })] };
    expect((await simulate({ file: grouped })).rules).toMatchObject([
      { held: 3, told: 3 },
      { held: 5, told: 2 },
    ]);
  });

  it('says what a line of the log does not hold', async () => {
    const segment = rule({
      id: 'vip',
      when: 'user_segment == "vip" || price > 1500',
      examples: [{ facts: { user_segment: 'vip' }, fires: true }],
    });
    const answer = await simulate({ file: { rules: [segment] } });
    expect(answer.not_logged).toEqual(['user_segment']);
    expect(answer.rules).toMatchObject([{ held: 1, not_known: 4 }]);
  });

  it('refuses rules that are wrong, by place and remedy', async () => {
    const wrong = await simulate({ file: { rules: [{ ...dear, when: 'process.exit()' }] } });
    expect(wrong).toMatchObject({ status: 400, code: 'INPUT_INVALID' });
    expect(JSON.stringify(wrong)).toContain('rules[0].when');
    const failing = await simulate({ file: { rules: [{ ...dear, examples: [{ facts: { price: 1 }, fires: true }] }] } });
    expect(JSON.stringify(failing)).toContain('should fire');
    expect(await simulate({ file: { rules: [{ ...dear, when: 7 }] } })).toMatchObject({ status: 400 });
  });
});

it('the rules in use are listed with their version, and say in an answer what they say in the list', async () => {
  const listed = (await service.get('/v1/insights/rules')).json<InsightRulesAnswer>();
  expect(listed.version).toMatch(/^[0-9a-f]{16}$/);
  expect(listed.languages).toEqual(['en', 'de']);
  const answer = (await service.post('/v1/predict', question({ price: 620 }))).json<{ insights: { rule: string }[] }>();
  const ids = listed.rules.map(({ id }) => id);
  expect(answer.insights.length).toBeGreaterThan(0);
  for (const { rule: id } of answer.insights) expect(ids).toContain(id);
});

it('a cap holds for a shopper over answers, and another shopper is told', async () => {
  const { writeFileSync, mkdtempSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const rules = `${mkdtempSync(`${tmpdir()}/tillcast-caps-`)}/rules.json`;
  writeFileSync(rules, JSON.stringify({ rules: [{ ...dear, cap: { times: 1, within: 'PT1H' } }] }));
  const capped = await openToyService({ settings: { rules } });
  const told = async (user: string) => {
    const answer = await capped.post('/v1/predict', question({ user_id: user, price: 620 }));
    return answer.json<{ insights: unknown[] }>().insights.length;
  };
  expect([await told('ana'), await told('ana'), await told('ben')]).toEqual([1, 0, 1]);
  capped.clock.nowMs += 3_600_000;
  expect(await told('ana')).toBe(1);
});

it('speaks the language of the shop', async () => {
  const german = await openToyService({ settings: { language: 'de-AT' } });
  const answer = await german.post('/v1/predict', question({ price: 620.5 }));
  expect(answer.json<{ business_insights: string[] }>().business_insights).toContain(
    'Hoher Preis (620,50): Besucher vergleichen, bevor sie sich entscheiden. Ratenzahlung, Garantie und Rückgabe neben dem Preis zeigen.',
  );
});
