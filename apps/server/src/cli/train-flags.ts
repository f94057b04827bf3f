import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parseInstant } from '@tillcast/core/events/parse-time';
import type { Target } from '@tillcast/core/scoring/bundle';
import { type MemberName, memberNames } from '@tillcast/core/scoring/ensemble';

const refuse = (flag: string, value: string, must: string): never => {
  throw new TillcastError('OPTION_INVALID', `${flag} must be ${must}, not "${value}"`);
};

/** `item` or `session`. */
export const parseTarget = (text: string): Target =>
  text === 'item' || text === 'session' ? text : refuse('--target', text, 'item or session');

/** A whole number within bounds, for the flag named. */
export function parseCount(flag: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : refuse(flag, text, `a whole number from ${min} to ${max}`);
}

/** Comma-separated members, each once. */
export function parseMembers(text: string): readonly MemberName[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names)
    if (!memberNames.includes(name as MemberName))
      refuse('--members', text, `a list out of ${memberNames.join(', ')} ("${name}" is not known)`);
  if (new Set(names).size !== names.length) refuse('--members', text, 'a list that names each member once');
  return memberNames.filter((name) => names.includes(name));
}

const secondsPer: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** A budget of wall-clock time, such as `90s`, `10m` or `2h`, in seconds. */
export function parseBudgetSeconds(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const seconds = Number(amount) * (secondsPer[unit ?? ''] ?? Number.NaN);
  return seconds > 0 ? seconds : refuse('--budget', text, 'a time such as 90s, 10m or 2h');
}

const nsPer: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6 };

/** A latency budget such as `100us` or `0.1ms`, in cost units (nanoseconds on the reference machine); `none`: null. */
export function parseLatencyBudget(text: string): number | null {
  if (text === 'none') return null;
  // Two code points write a micro sign, and they look the same.
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,9})?)(ns|us|µs|ms)$/.exec(text.replace('\u03bc', 'µ')) ?? [];
  const units = Math.round(Number(amount) * (nsPer[unit ?? ''] ?? Number.NaN));
  return units >= 1 && units <= 1e9
    ? units
    : refuse('--latency-budget', text, 'a time up to 1000ms such as 100us or 0.1ms, or none');
}

/** What `train` may be asked to optimise. */
export const parseObjective = (text: string): 'log_loss' | 'roc_auc' =>
  text === 'log_loss' || text === 'roc_auc' ? text : refuse('--objective', text, 'log_loss or roc_auc');

/** An instant such as 2026-11-20T00:00:00Z, in epoch milliseconds. */
export const parseUntil = (text: string): number =>
  parseInstant(text) ?? refuse('--until', text, 'an instant such as 2026-11-20T00:00:00Z');
