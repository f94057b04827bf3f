import { parseShopSettings } from '@tillcast/core/shop/parse-settings';
import { describe, expect, it } from 'vitest';

const full = {
  timezone: 'Europe/Berlin',
  currency: 'EUR',
  rates: { USD: 0.92 },
  holidays: [{ name: 'Christmas', date: '2026-12-25' }],
  sales: [{ name: 'Black Week', from: '2026-11-23', until: '2026-11-30' }],
  treatment_costs: { email: 0.02, discount: { share_of_value: 0.1 }, shipping: { fixed: 4.9 } },
};
const said = (over: Record<string, unknown>): string => {
  try {
    parseShopSettings({ ...full, ...over });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('what a shop says of itself', () => {
  it('is read whole', () => {
    const settings = parseShopSettings(full);
    expect(settings).toMatchObject({ timeZone: 'Europe/Berlin', currency: 'EUR' });
    expect(settings.holidays).toEqual([{ name: 'Christmas', from: '2026-12-25', until: '2026-12-25' }]);
    expect(settings.sales).toEqual([{ name: 'Black Week', from: '2026-11-23', until: '2026-11-30' }]);
    expect(settings.treatmentCosts.get('discount')).toEqual({ fixed: 0, shareOfValue: 0.1 });
    expect(settings.treatmentCosts.get('email')).toEqual({ fixed: 0.02, shareOfValue: 0 });
    expect(parseShopSettings({})).toMatchObject({ holidays: [], sales: [] });
    expect(
      parseShopSettings({ timezone: 'UTC', holidays: [{ name: 'x', date: new Date('2026-12-25') }] }).holidays[0]!.from,
    ).toBe('2026-12-25');
  });

  it.each([
    [{ timezone: 'Berlin' }, 'shop.timezone: must be the IANA name of a time zone such as Europe/Berlin, not "Berlin"'],
    [{ currency: 'euro' }, 'shop.currency: must be three capital letters of ISO 4217 such as EUR, not "euro"'],
    [{ rates: { USD: 0 } }, 'shop.rates.USD: must be a number above 0, not 0'],
    [{ rates: { USD: '0.9' } }, 'shop.rates.USD: must be a number above 0, not "0.9"'],
    [{ rates: { USD: [] } }, 'shop.rates.USD: is an empty list'],
    [
      { rates: { USD: [{ from: '2026-02-30', rate: 1 }] } },
      'shop.rates.USD[0].from: must be a day such as 2026-12-25, not "2026-02-30"',
    ],
    [{ rates: { dollar: 1 } }, 'shop.rates.dollar: must be three capital letters'],
    [{ rates: { EUR: 1 } }, 'shop.rates.EUR: is the shop’s own currency'],
    [{ currency: undefined }, 'shop.rates: say what a currency is worth in the shop’s own: give shop.currency too'],
    [{ holidays: [{ name: 'x' }] }, 'shop.holidays[0]: needs either date, or from and until'],
    [{ holidays: [{ date: '2026-12-25' }] }, 'shop.holidays[0].name: must be a name'],
    [{ holidays: {} }, 'shop.holidays: must be a list'],
    [{ timezone: undefined }, 'shop.holidays: are days of the shop’s time zone: give shop.timezone too'],
    [{ timezone: undefined, holidays: [] }, 'shop.sales: are days of the shop’s time zone'],
    [{ treatment_costs: { email: Number.POSITIVE_INFINITY } }, 'shop.treatment_costs.email: must be a number from 0'],
    [{ treatment_costs: { discount: { share_of_value: -0.01 } } }, 'must be a share from 0 to 1, not -0.01'],
    [
      { sales: [{ name: 'x', from: '2026-11-30', until: '2026-11-23' }] },
      'shop.sales[0].until: 2026-11-23 lies before from, 2026-11-30; exchange them',
    ],
    [{ sales: [{ name: 'x', from: '2026-11-30' }] }, 'shop.sales[0].until: must be a day'],
    [{ treatment_costs: { email: -1 } }, 'shop.treatment_costs.email: must be a number from 0'],
    [{ serving_cost_per_day: -1 }, 'shop.serving_cost_per_day: must be an amount from 0, not -1'],
    [{ discounts_in_prices: 'yes' }, 'shop.discounts_in_prices: must be true or false, not "yes"'],
    [
      { treatment_costs: { discount: { share_of_value: 1.1 } } },
      'shop.treatment_costs.discount.share_of_value: must be a share from 0 to 1, not 1.1',
    ],
    [
      { treatment_costs: { discount: { share: 0.1 } } },
      'shop.treatment_costs.discount.share: is no setting; those are fixed, share_of_value',
    ],
    [{ time_zone: 'UTC' }, 'shop.time_zone: is no setting; those are timezone, currency'],
  ])('%j: %s', (over, message) => {
    expect(said(over)).toContain(message);
  });

  it('refuses what is no mapping', () => {
    expect(() => parseShopSettings([])).toThrow('shop: must be a mapping, not an array of 0');
  });
});
