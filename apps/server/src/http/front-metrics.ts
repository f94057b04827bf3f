import { Counter, Gauge, type Registry } from 'prom-client';
import type { Front } from './front.ts';

/** Shows what the front refuses and holds. */
export function showFront(front: Front, registry: Registry): void {
  const registers = [registry];
  new Counter({
    name: 'tillcast_shed_total',
    help: 'Requests refused with 503 because too much was asked at once, by what they were for and why.',
    labelNames: ['kind', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const [kind, reasons] of Object.entries(front.shed() ?? {}))
        for (const [reason, count] of Object.entries(reasons)) this.inc({ kind, reason }, count);
    },
  });
  new Gauge({
    name: 'tillcast_requests_under_way',
    help: 'Requests taken in and not yet answered.',
    registers,
    collect() {
      this.set(front.underWay());
    },
  });
}
