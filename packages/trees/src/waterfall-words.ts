import type { Forest } from './forest.ts';
import type { Waterfall, WaterfallOptions, WaterfallStep } from './waterfall.ts';

/** What stands beside a bar: a feature's name and its value, free of characters that could do harm where they are shown. */
export interface StepLabel {
  readonly name: string;
  /** Undefined where values are not given, or where a bar stands for several features. */
  readonly value: string | undefined;
}

/** The words beside a bar. */
export function labelOf({ feature, features }: WaterfallStep, steps: number, { names, values }: WaterfallOptions): StepLabel {
  if (feature === undefined) return { name: steps === 1 ? `${features} features` : `${features} others`, value: undefined };
  const given = names?.[feature] ?? '';
  const name = shown(given) || `feature ${feature}`;
  return { name, value: values === undefined ? undefined : valueText(values[feature]) };
}

/** A feature's value: a number to 6 digits, text as it is, "missing" for null and NaN. */
function valueText(value: number | string | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return 'missing';
  if (typeof value === 'string') return shown(value);
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(6))).replace('-', MINUS);
}

const MINUS = '\u2212';

/** How many decimals all numbers of a waterfall are written with: four digits of the largest; undefined where that is too large or too small. */
export function decimalsOf({ base, steps }: Waterfall): number | undefined {
  const largest = steps.reduce((most, { by, to }) => Math.max(most, Math.abs(by), Math.abs(to)), Math.abs(base));
  return isPlain(largest) ? Math.max(0, 3 - Math.floor(Math.log10(largest))) : undefined;
}

const isPlain = (size: number): boolean => size >= 1e-4 && size < 1e6;

/** A number with so many decimals, or to 3 digits, with a true minus sign: "0.312", "−12.0", "1.20e−7"; zero is "0". */
export function numberText(x: number, decimals?: number): string {
  const size = Math.abs(x);
  if (size === 0) return '0';
  const sign = x < 0 ? MINUS : '';
  if (decimals !== undefined) return sign + size.toFixed(decimals);
  const text = isPlain(size) ? size.toFixed(Math.max(0, 2 - Math.floor(Math.log10(size)))) : size.toExponential(2);
  return sign + text.replace('e-', `e${MINUS}`).replace('e+', 'e');
}

/** The same with its sign, as of a change: "+0.312", "−12.0", "0". */
export const changeText = (x: number, decimals?: number): string => (x > 0 ? '+' : '') + numberText(x, decimals);

/** A score in log-odds as a chance: "42.8 %"; undefined in other spaces. */
export function chanceText(score: number, space: Forest['space'] | undefined): string | undefined {
  if (space !== 'log_odds') return undefined;
  const percent = 100 / (1 + Math.exp(-score));
  if (percent < 0.1) return '< 0.1 %';
  return percent > 99.9 ? '> 99.9 %' : `${percent.toFixed(1)} %`;
}

/** The unit in words, where the space is known. */
export const unitText = (space: Forest['space'] | undefined): string =>
  space === undefined ? '' : { log_odds: 'log-odds', probability: 'probability', value: 'value' }[space];

/** A bar in words, for who does not see it: "price = 19.9: +0.312". */
export function stepText(step: WaterfallStep, { name, value }: StepLabel): string {
  const mixed = step.features > 1 && step.raisedBy > 0 && step.loweredBy < 0;
  const parts = mixed ? ` (${changeText(step.raisedBy)} and ${changeText(step.loweredBy)})` : '';
  return `${name}${value === undefined ? '' : ` = ${value}`}: ${changeText(step.by)}${parts}`;
}

/**
 * Text from a model file on one line: control characters (a terminal obeys them, XML forbids them), marks that turn the direction of
 * text around, and halves of characters become "\ufffd"; white space becomes one space.
 */
export const shown = (text: string): string =>
  text
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(/[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, '\ufffd');

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many columns a text takes where letters are one wide and East Asian ones and pictures two. */
export const columnsOf = (text: string): number =>
  Array.from(graphemes.segment(text)).reduce((columns, { segment }) => columns + (isWide(segment) ? 2 : 1), 0);

/** The text, cut with "…" where it would take more than so many columns. */
export function clip(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let cut = '';
  let room = columns - 1;
  for (const { segment } of graphemes.segment(text)) {
    room -= isWide(segment) ? 2 : 1;
    if (room < 0) break;
    cut += segment;
  }
  return `${cut.trimEnd()}…`;
}

const isWide = (segment: string): boolean =>
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u.test(
    segment,
  );
