import { join } from 'node:path';

const cache = join(import.meta.dirname, '.cache');

/** How large the shop, its ensemble and the measuring are. */
export interface Size {
  readonly shoppers: number;
  readonly days: number;
  /** Trees of each boosted member; the forest has two fifths as many. */
  readonly trees: number;
  /** How long one round of one contender lasts, ms. */
  readonly sliceMs: number;
  readonly rounds: number;
  /** Callers at once, of every contender: so many that a server which answers together what came together has something to do while callers read. */
  readonly callers: number;
  /** Where the shop and its models are kept. */
  readonly folder: string;
  /** Trials of each member of the ensemble that `tillcast train` makes within its usual latency budget; 0: none is made, the other one stands for it. */
  readonly budgetedTrials: number;
  /** Events sent to measure ingest. */
  readonly ingestEvents: number;
}

/** The 1,700-tree ensemble: 500 trees each of CatBoost, XGBoost and LightGBM and a forest of 200, as in bench/trees. */
export const fullSize: Size = {
  shoppers: 2_000,
  days: 28,
  trees: 500,
  sliceMs: 3_000,
  rounds: 5,
  callers: 64,
  folder: join(cache, 'shop'),
  budgetedTrials: 2,
  ingestEvents: 200_000,
};

/** Small and short: shows that all runs and answers rightly; its figures mean nothing. */
export const tinySize: Size = {
  shoppers: 300,
  days: 14,
  trees: 8,
  sliceMs: 250,
  rounds: 1,
  callers: 16,
  folder: join(cache, 'tiny-shop'),
  budgetedTrials: 0,
  ingestEvents: 10_000,
};

/** Where the peers' Python lies. */
export const pythonFolder = join(cache, 'python', '.venv');

/** The end of the shop's history: fixed, so that what was made once can be kept. */
export const historyEndsMs = Date.UTC(2026, 10, 20, 12);
