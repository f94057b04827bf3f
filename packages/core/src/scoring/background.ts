import type { Random } from '../simulation/random.ts';

/** The populations a bundle keeps rows of: those the model was fitted on, and of these the buyers. */
export const backgroundNames = ['training', 'buyers'] as const;
export type BackgroundName = (typeof backgroundNames)[number];

/** Real feature rows, one behind the other, that answers are compared with; nothing in them says whose they were. */
export interface Background {
  readonly rowCount: number;
  readonly rows: Float32Array;
}

/** A bundle's backgrounds by name; a shop without a buyer has no row of one. */
export type Backgrounds = Readonly<Partial<Record<BackgroundName, Background>>>;

/** Rows kept of a population: enough to group features by (200), few enough to explain against in milliseconds. */
export const BACKGROUND_ROWS = 256;

/** What backgrounds are drawn from: labelled rows of `width` features. */
export interface BackgroundSource {
  readonly rows: Float32Array;
  readonly width: number;
  /** 1 where the shopper bought. */
  readonly labels: ArrayLike<number>;
}

/** Draws each population's rows without replacement, in the order of the table; the same source and stream give the same rows. */
export function drawBackgrounds(source: BackgroundSource, random: Random, most = BACKGROUND_ROWS): Backgrounds {
  const all = Array.from(source.labels, (_, row) => row);
  const drawn = {
    training: drawRows(source, all, most, random.fork('training')),
    buyers: drawRows(
      source,
      all.filter((row) => source.labels[row] === 1),
      most,
      random.fork('buyers'),
    ),
  };
  return Object.fromEntries(Object.entries(drawn).filter(([, { rowCount }]) => rowCount > 0));
}

/** Selection sampling (Knuth, The Art of Computer Programming 2, §3.4.2, algorithm S). */
function drawRows({ rows, width }: BackgroundSource, of: readonly number[], most: number, random: Random): Background {
  const rowCount = Math.min(most, of.length);
  const drawn = new Float32Array(rowCount * width);
  let taken = 0;
  for (let at = 0; taken < rowCount; at++) {
    if ((of.length - at) * random.uniform() >= rowCount - taken) continue;
    drawn.set(rows.subarray(of[at]! * width, (of[at]! + 1) * width), taken * width);
    taken++;
  }
  return { rowCount, rows: drawn };
}
