import { Gauge, type Registry } from 'prom-client';
import { Counter } from '../http/counter.ts';
import type { SegmentServiceParts } from './service.ts';

/** Shows on a registry what becomes of nightly stocks. */
export function showStocks(registry: Registry): NonNullable<SegmentServiceParts['onStock']> {
  const registers = [registry];
  const stocks = new Counter({
    name: 'tillcast_segment_stocks_total',
    help: 'Stocks of segments by what became of them: taken, failed (the one before stands).',
    labelNames: ['outcome'],
    registers,
  });
  const takenAt = new Gauge({
    name: 'tillcast_segments_taken_timestamp_seconds',
    help: 'When the stock that stands was taken by this server, seconds since 1970; 0 = not yet.',
    registers,
  });
  const fits = new Counter({
    name: 'tillcast_lifetime_fits_total',
    help: 'Lifetime value learnt anew with a stock, by what became of it: fitted, too_few (buyers who came back), failed (what was known stays).',
    labelNames: ['outcome'],
    registers,
  });
  return (stock) => {
    stocks.inc({ outcome: stock === undefined ? 'failed' : 'taken' });
    if (stock === undefined) return;
    takenAt.set(stock.takenAtMs / 1_000);
    if (stock.refit !== undefined) fits.inc({ outcome: stock.refit.outcome });
  };
}
