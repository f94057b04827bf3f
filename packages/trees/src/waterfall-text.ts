import { RowError } from './encode-row.ts';
import { type WaterfallOptions, waterfallOf } from './waterfall.ts';
import { chanceText, changeText, clip, columnsOf, decimalsOf, labelOf, numberText, unitText } from './waterfall-words.ts';

/** What a waterfall for a terminal is told besides. */
export interface WaterfallTextOptions extends WaterfallOptions {
  /** How wide it may be, in columns; from 40, default 80. */
  readonly columns?: number | undefined;
}

interface Line {
  readonly label: string;
  readonly number: string;
  readonly from: number;
  readonly to: number;
  readonly fill: string;
}

const MOST_LABEL = 40;

/**
 * The way from the base value to the score in lines for a terminal: name and value, contribution, bar (█ raises, ░ lowers); no colour codes.
 * Raises RowError as `waterfallOf` does.
 */
export function waterfallText(contributions: ArrayLike<number>, options: WaterfallTextOptions): string {
  const { columns = 80, space } = options;
  if (!(Number.isInteger(columns) && columns >= 40)) throw new RowError(`columns is ${columns}; give a whole number from 40`);
  const waterfall = waterfallOf(contributions, options);
  const { base, score, steps } = waterfall;
  const decimals = decimalsOf(waterfall);
  const end = (name: string, at: number): Line => {
    const chance = chanceText(at, space);
    return {
      label: chance === undefined ? name : `${name} (${chance})`,
      number: numberText(at, decimals),
      from: at,
      to: at,
      fill: '│',
    };
  };
  const lines = [
    end('base', base),
    ...steps.map((step): Line => {
      const { name, value } = labelOf(step, steps.length, options);
      const label = value === undefined ? name : `${name} = ${value}`;
      const fill = step.by > 0 ? '█' : step.by < 0 ? '░' : '│';
      return { label, number: changeText(step.by, decimals), from: step.from, to: step.to, fill };
    }),
    end('score', score),
  ];
  const unit = unitText(space);
  return draw(lines, columns) + (unit === '' ? '' : `\n(in ${unit})`);
}

function draw(lines: readonly Line[], columns: number): string {
  const labelled = Math.min(MOST_LABEL, Math.floor(columns / 2), Math.max(...lines.map(({ label }) => columnsOf(label))));
  const numbered = Math.max(...lines.map(({ number }) => number.length));
  const cells = columns - labelled - numbered - 4;
  const least = Math.min(...lines.map(({ to }) => to));
  const range = Math.max(...lines.map(({ to }) => to)) - least;
  const cell = (at: number): number => (range === 0 ? 0 : Math.round(((at - least) / range) * (cells - 1)));
  return lines
    .map(({ label, number, from, to, fill }) => {
      const [start, stop] = [cell(Math.min(from, to)), cell(Math.max(from, to))];
      // A bar takes at least its own cell.
      const bar = ' '.repeat(start) + fill.repeat(Math.max(1, stop - start));
      const short = clip(label, labelled);
      return `${short}${' '.repeat(labelled - columnsOf(short))}  ${number.padStart(numbered)}  ${bar}`;
    })
    .join('\n');
}
