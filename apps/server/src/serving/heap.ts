import { setFlagsFromString } from 'node:v8';

/** How much the heap may grow, in percent of what is alive, before V8 collects it whole. */
const growthPercent = 30;

/**
 * Keeps the heap close to what is alive in it. Left alone, V8 lets it grow to several times that on a machine with much memory, since collecting less
 * often costs less; a server that is promised to stay within its memory pays some percent of a processor for it.
 *
 * And keeps V8 from making objects old at birth. What survives while a server loads and replays makes it guess that what is made at these places
 * lives long; in one start of three it guesses so of what every request makes, never thinks again, and each such object keeps its request and answer
 * until the heap is collected whole (docs/adr/0022-serving-speed.md).
 */
export function settleHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  setFlagsFromString('--no-allocation-site-pretenuring');
}
