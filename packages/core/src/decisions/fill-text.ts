import type { Facts, FactValue } from './rule.ts';

/** How a fact is printed in a text: `{price|0.00}`. */
export const formats = {
  /** `0.0634` → `6`. */
  in_100: (value: number) =>
    value * 100 >= 10 || value * 100 === Math.round(value * 100) ? (value * 100).toFixed(0) : (value * 100).toPrecision(2),
  percent: (value: number) => `${Number((value * 100).toPrecision(3))} %`,
  times: (value: number) => `${Number(value.toPrecision(2))} ×`,
  whole: (value: number) => value.toFixed(0),
  money: (value: number) => value.toFixed(2),
} as const;

type Format = keyof typeof formats;
const isFormat = (name: string): name is Format => Object.hasOwn(formats, name);
const hole = /\{([a-z0-9_.]+)(?:\|([a-z0-9_]+))?\}/g;

const print = (value: FactValue | undefined, format: string | undefined): string => {
  if (value === undefined || Number.isNaN(value)) return 'unknown';
  if (typeof value === 'number' && format !== undefined && isFormat(format)) return formats[format](value);
  return String(value);
};

/** A rule's text with its holes filled from facts; nothing else of the text is interpreted. */
export const fillText = (text: string, facts: Facts): string =>
  text.replace(hole, (_whole, field: string, format: string | undefined) =>
    print(Object.hasOwn(facts, field) ? facts[field] : undefined, format),
  );

/** The holes of a text, and whether each format exists. */
export const holesOf = (
  text: string,
): readonly { readonly field: string; readonly format: string | undefined; readonly known: boolean }[] =>
  [...text.matchAll(hole)].map(([, field, format]) => ({
    field: field!,
    format,
    known: format === undefined || isFormat(format),
  }));
