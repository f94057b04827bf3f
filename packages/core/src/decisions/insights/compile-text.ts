import type { Activation, SlotOf } from '../rules/compile-expression.ts';
import type { FactValue } from '../rules/expression.ts';

/** How a number is printed in a text, `{band_rate|in_100}`; the decimal point is the language's. */
export const formats = {
  /** `0.0634` → `6.3`, `0.634` → `63`. */
  in_100: (value: number) =>
    value * 100 >= 10 || value * 100 === Math.round(value * 100) ? (value * 100).toFixed(0) : (value * 100).toPrecision(2),
  percent: (value: number) => `${Number((value * 100).toPrecision(3))} %`,
  times: (value: number) => `${Number(value.toPrecision(2))} ×`,
  whole: (value: number) => value.toFixed(0),
  money: (value: number) => value.toFixed(2),
} as const;

type Format = keyof typeof formats;
const isFormat = (name: string): name is Format => Object.hasOwn(formats, name);

/** Lengths of time, said in the language: `{horizon_hours|hours}` → `24 hours`, `7 days`. */
const units = { hours: 'hour', days: 'day', minutes: 'minute' } as const;
const isUnit = (name: string): name is keyof typeof units => Object.hasOwn(units, name);

const hole = /\{([a-z0-9_]+(?:\.[A-Za-z0-9_-]+)?)(?:\|([a-z0-9_]+))?\}/g;

/** The holes of a text, and whether each format exists. */
export const holesOf = (
  text: string,
): readonly { readonly field: string; readonly format: string | undefined; readonly known: boolean }[] =>
  [...text.matchAll(hole)].map(([, field, format]) => ({
    field: field!,
    format,
    known: format === undefined || isFormat(format) || isUnit(format),
  }));

/** A text with its holes, ready to be filled. */
export type FillText = (facts: Activation) => string;

/** What stands between a number's whole part and its fraction in a language (BCP 47). */
function decimalPoint(language: string): string {
  const parts = new Intl.NumberFormat(language).formatToParts(1.5);
  return parts.find(({ type }) => type === 'decimal')!.value;
}

/** Amounts in a unit; most answers say the same one again, and the formatter takes microseconds. */
function saying(format: keyof typeof units, language: string): (value: number) => string {
  const openUnit = (unit: string) =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1 });
  const [own, days] = [openUnit(units[format]), openUnit('day')];
  let last = { value: Number.NaN, text: '' };
  return (value) => {
    if (value !== last.value) {
      const isDays = format === 'hours' && value > 24 && value % 24 === 0;
      last = { value, text: isDays ? days.format(value / 24) : own.format(value) };
    }
    return last.text;
  };
}

function printing(format: string | undefined, language: string): (value: FactValue | undefined) => string {
  const point = decimalPoint(language);
  const print =
    format === undefined ? String : isFormat(format) ? formats[format] : isUnit(format) ? saying(format, language) : String;
  const isSaid = format !== undefined && isUnit(format);
  return (value) => {
    if (value === undefined) return '?';
    if (typeof value !== 'number') return String(value);
    const text = print(value);
    return point === '.' || isSaid ? text : text.replace('.', point);
  };
}

/** Splits a text at its holes once; filling it joins pieces, and interprets nothing of what is filled in. A fact that is not known is printed as `?`. */
export function compileText(text: string, language: string, slotOf: SlotOf): FillText {
  const pieces: string[] = [];
  const holes: { readonly slot: number; readonly print: (value: FactValue | undefined) => string }[] = [];
  let from = 0;
  for (const match of text.matchAll(hole)) {
    pieces.push(text.slice(from, match.index));
    holes.push({ slot: slotOf(match[1]!), print: printing(match[2], language) });
    from = match.index + match[0].length;
  }
  const last = text.slice(from);
  if (holes.length === 0) return () => last;
  return (facts) => {
    let filled = '';
    for (let index = 0; index < holes.length; index++) filled += pieces[index]! + holes[index]!.print(facts[holes[index]!.slot]);
    return filled + last;
  };
}
