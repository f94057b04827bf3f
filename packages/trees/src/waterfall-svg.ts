import { RowError } from './encode-row.ts';
import { type Waterfall, type WaterfallOptions, type WaterfallStep, waterfallOf } from './waterfall.ts';
import {
  chanceText,
  changeText,
  clip,
  columnsOf,
  decimalsOf,
  labelOf,
  numberText,
  type StepLabel,
  shown,
  stepText,
  unitText,
} from './waterfall-words.ts';

/** What a drawn waterfall is told besides. */
export interface WaterfallSvgOptions extends WaterfallOptions {
  /** Stands above the bars; without it, a picture's name for screen readers is made of base and score. */
  readonly title?: string | undefined;
  /** In CSS pixels; from 320, default 720. It shrinks and grows with its place. */
  readonly width?: number | undefined;
  /**
   * For a page's own markup: no style sheet, which a content policy may forbid and by which a file follows the reader's dark mode. Text takes
   * the page's colour; the page's style sheet may colour `.tillcast-waterfall .up` and `.down`.
   */
  readonly inline?: boolean | undefined;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  /** Where rows begin below the title. */
  readonly top: number;
  readonly labelColumns: number;
  readonly decimals: number | undefined;
  readonly plotLeft: number;
  readonly plotRight: number;
  /** Where a score stands between the two. */
  x(score: number): string;
}

interface Bar extends StepLabel {
  readonly step: WaterfallStep;
}

const PADDING = 16;
const ROW = 28;
const BAR = 18;
const TIP = 5;
const NUMBERS = 76;
/** Pixels of a letter at size 13 in a wide font, so that labels end before the bars. */
const LETTER = 8;

/** Both at least 3 : 1 against white and against near black (WCAG 2.2, 1.4.11), and told apart by who is colour-blind. */
const COLOURS = { up: '#0f766e', down: '#b45309' } as const;
const STYLE =
  '<style>@media (prefers-color-scheme:dark){svg:root{color:#e8eeec}svg:root .up{fill:#2dd4bf}svg:root .down{fill:#fbbf24}}</style>';

/**
 * The way from the base value to the score as an SVG: one bar a feature, the strongest first, each beginning where the one before ended. It names
 * and describes itself to screen readers; text from the model file is escaped. Raises RowError as `waterfallOf` does.
 */
export function waterfallSvg(contributions: ArrayLike<number>, options: WaterfallSvgOptions): string {
  const { title, width = 720, inline = false, space } = options;
  if (!(Number.isFinite(width) && width >= 320)) throw new RowError(`width is ${width}; give a number of pixels from 320`);
  const waterfall = waterfallOf(contributions, options);
  const { base, score, steps } = waterfall;
  const bars = steps.map((step): Bar => ({ step, ...labelOf(step, steps.length, options) }));
  const frame = frameOf(waterfall, width, title !== undefined);
  const unit = unitText(space);
  const name = title === undefined ? `From base ${numberText(base)} to score ${numberText(score)}` : shown(title);
  const rows = [
    end(frame, 0, 'base', base, chanceText(base, space)),
    ...bars.map((bar, index) => row(frame, index + 1, bar)),
    end(frame, steps.length + 1, 'score', score, chanceText(score, space)),
  ];
  const size = `width="${width}" height="${frame.height}" viewBox="0 0 ${width} ${frame.height}"`;
  const text = 'font-family="system-ui, \'Segoe UI\', Roboto, sans-serif" font-size="13" fill="currentColor"';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="tillcast-waterfall" role="img" ${size} ${text}>`,
    `<title>${escaped(name)}</title>`,
    `<desc>${escaped(inWords(waterfall, bars, options))}</desc>`,
    ...(inline ? [] : [STYLE]),
    ...(title === undefined ? [] : [heading(frame, name, unit)]),
    guides(frame, waterfall),
    ...rows,
    '</svg>',
  ].join('\n');
}

function frameOf(waterfall: Waterfall, width: number, isTitled: boolean): Frame {
  const { base, steps } = waterfall;
  const ends = [base, ...steps.map(({ to }) => to)];
  const least = ends.reduce((a, b) => Math.min(a, b));
  const range = ends.reduce((a, b) => Math.max(a, b)) - least;
  const labels = Math.round(width * 0.4) - PADDING;
  const plotLeft = PADDING + labels;
  const plotRight = width - PADDING - NUMBERS;
  const top = isTitled ? 52 : PADDING / 2;
  return {
    width,
    height: top + (steps.length + 2) * ROW + PADDING / 2,
    top,
    labelColumns: Math.floor((labels - LETTER) / LETTER),
    decimals: decimalsOf(waterfall),
    plotLeft,
    plotRight,
    x: (score) => pixels(plotLeft + (plotRight - plotLeft) * (range === 0 ? 0.5 : (score - least) / range)),
  };
}

const pixels = (at: number): string => String(Math.round(at * 100) / 100);
const middle = ({ top }: Frame, index: number): number => top + index * ROW + ROW / 2;

function heading({ width }: Frame, title: string, unit: string): string {
  const own = clip(title, Math.floor((width - 2 * PADDING - 90) / 8.5));
  const right = unit === '' ? '' : `<text x="${width - PADDING}" y="30" text-anchor="end" fill-opacity="0.7">${unit}</text>`;
  return `<text x="${PADDING}" y="30" font-size="15" font-weight="600">${escaped(own)}</text>${right}`;
}

/** The base value all the way down, and the step from each bar to the next. */
function guides(frame: Frame, { base, steps }: Waterfall): string {
  const line = (x: string, from: number, to: number, dashes: string): string =>
    `<line x1="${x}" x2="${x}" y1="${from}" y2="${to}" stroke="currentColor" stroke-opacity="0.35"${dashes}/>`;
  const last = middle(frame, steps.length + 1);
  return [
    line(frame.x(base), middle(frame, 0), last, ' stroke-dasharray="1 3"'),
    ...steps.map(({ to }, index) => line(frame.x(to), middle(frame, index + 1), middle(frame, index + 2), '')),
  ].join('');
}

/** The row of the base value or of the score. */
function end(frame: Frame, index: number, name: string, at: number, chance: string | undefined): string {
  const y = middle(frame, index);
  const weight = name === 'score' ? ' font-weight="600"' : '';
  return [
    `<g class="${name}"${weight}>${label(frame, y, name, chance)}`,
    `<circle cx="${frame.x(at)}" cy="${y}" r="4"/>${number(frame, y, numberText(at, frame.decimals))}</g>`,
  ].join('');
}

function row(frame: Frame, index: number, { step, name, value }: Bar): string {
  const y = middle(frame, index);
  const kind = step.by < 0 ? 'down' : 'up';
  const tooltip = `<title>${escaped(stepText(step, { name, value }))}</title>`;
  const bar = `<path class="${kind}" fill="${COLOURS[kind]}" d="${arrow(frame, step, y)}"/>`;
  const words = label(frame, y, name, value === undefined ? undefined : `= ${value}`);
  return `<g>${tooltip}${words}${bar}${number(frame, y, changeText(step.by, frame.decimals))}</g>`;
}

/** A bar with a tip that points where the score goes. */
function arrow({ x }: Frame, { from, to }: WaterfallStep, y: number): string {
  const [start, stop] = [Number(x(from)), Number(x(to))];
  const length = Math.abs(stop - start);
  const neck = pixels(stop - Math.sign(stop - start) * Math.min(TIP, length));
  return `M${start} ${y - BAR / 2}H${neck}L${stop} ${y}L${neck} ${y + BAR / 2}H${start}Z`;
}

function label({ labelColumns }: Frame, y: number, name: string, after: string | undefined): string {
  // A long value leaves the name at least half of the place, and a long name the value.
  const half = Math.floor(labelColumns / 2);
  const room = after === undefined ? labelColumns : Math.max(half, labelColumns - columnsOf(after) - 1);
  const own = clip(name, room);
  const rest = after === undefined ? '' : clip(after, Math.max(half, labelColumns - columnsOf(own) - 1));
  const quiet = rest === '' ? '' : ` <tspan fill-opacity="0.7" font-weight="400">${escaped(rest)}</tspan>`;
  return `<text x="${PADDING}" y="${y + 4.5}">${escaped(own)}${quiet}</text>`;
}

const number = ({ width }: Frame, y: number, text: string): string =>
  `<text x="${width - PADDING}" y="${y + 4.5}" text-anchor="end">${text}</text>`;

function inWords({ base, score }: Waterfall, bars: readonly Bar[], { space }: WaterfallOptions): string {
  const chance = chanceText(score, space);
  const unit = unitText(space);
  const start = `Base ${numberText(base)}${unit === '' ? '' : ` (${unit})`}`;
  const close = `score ${numberText(score)}${chance === undefined ? '' : `, a chance of ${chance}`}.`;
  return `${[start, ...bars.map(({ step, ...words }) => stepText(step, words)), close].join('; ')}`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter]!);
