import type { ShopEvent, TrafficMark } from './event.ts';
import { limits } from './limits.ts';
import { type Arrival, type ParsedEvent, parseEvent } from './parse-event.ts';
import { parseMark } from './parse-mark.ts';
import { parseInstant } from './parse-time.ts';
import { type FieldProblem, show } from './problems.ts';
import { isFields, textProblem } from './read-field.ts';
import { toWire } from './wire.ts';

/** What a stored event says beyond its wire form: ours to write, never a client's. */
export const recordFields = ['tenant', 'received_at', 'sequence', 'backfilled', 'mark'] as const;

/** The stored form of an event, as `events export` writes it: the wire form and what we added on arrival. */
export const toRecord = (event: ShopEvent): Record<string, unknown> => ({
  ...toWire(event),
  tenant: event.tenant,
  received_at: new Date(event.receivedAtMs).toISOString(),
  ...(event.sequence !== undefined && { sequence: event.sequence }),
  ...(event.backfilled !== undefined && { backfilled: event.backfilled }),
  ...(event.mark !== undefined && { mark: { ...event.mark } }),
});

/** Takes a stored event back: `parseRecord(toRecord(e))` is `e`. Without `received_at` it is history: known when it happened, `backfilled`. */
export function parseRecord(value: unknown, defaults: Arrival & { readonly sequence?: number }): ParsedEvent {
  if (!isFields(value)) return parseEvent(value, defaults);
  const { tenant, received_at, sequence = defaults.sequence, backfilled, mark, ...wire } = value;
  const problems = [...recordProblems({ tenant, received_at, sequence, backfilled, mark }, defaults.receivedAtMs)];
  const receivedAtMs = typeof received_at === 'string' ? parseInstant(received_at) : undefined;
  const arrival = {
    receivedAtMs: receivedAtMs ?? defaults.receivedAtMs,
    tenant: (tenant as string) ?? defaults.tenant ?? 'default',
  };
  const parsed = parseEvent(wire, arrival);
  if (!parsed.ok || problems.length > 0) return { ok: false, problems: [...(parsed.ok ? [] : parsed.problems), ...problems] };
  const order = {
    ...(sequence !== undefined && { sequence: sequence as number }),
    ...(mark !== undefined && { mark: parseMark(mark) as TrafficMark }),
  };
  if (receivedAtMs === undefined) return { ok: true, event: backfill({ ...parsed.event, ...order }) };
  return {
    ok: true,
    event: { ...parsed.event, ...order, ...(backfilled !== undefined && { backfilled: backfilled as boolean }) },
  };
}

/** History without an arrival time: known the moment it happened. */
export const backfill = (event: ShopEvent): ShopEvent => ({ ...event, receivedAtMs: event.eventTimeMs, backfilled: true });

function* recordProblems(fields: Record<(typeof recordFields)[number], unknown>, nowMs: number): Generator<FieldProblem> {
  const { tenant, received_at, sequence, backfilled, mark } = fields;
  if (tenant !== undefined && (tenant === '' || textProblem(tenant, limits.idLength)))
    yield { pointer: '/tenant', problem: `must be a name, not ${show(tenant)}` };
  if (received_at !== undefined) {
    const ms = typeof received_at === 'string' ? parseInstant(received_at) : undefined;
    if (ms === undefined) yield { pointer: '/received_at', problem: `must be RFC 3339, not ${show(received_at)}` };
    else if (ms > nowMs + limits.clockAheadMs)
      yield { pointer: '/received_at', problem: `lies in the future: ${show(received_at)}` };
  }
  if (sequence !== undefined && !(Number.isSafeInteger(sequence) && (sequence as number) >= 0)) {
    yield { pointer: '/sequence', problem: `must be a whole number ≥ 0, not ${show(sequence)}` };
  }
  if (backfilled !== undefined && typeof backfilled !== 'boolean')
    yield { pointer: '/backfilled', problem: `must be true or false, not ${show(backfilled)}` };
  const marked = mark === undefined ? undefined : parseMark(mark);
  if (typeof marked === 'string') yield { pointer: '/mark', problem: marked };
}
