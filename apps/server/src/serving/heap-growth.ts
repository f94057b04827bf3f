import { setFlagsFromString } from 'node:v8';

/** How much the heap may grow, in percent of what is alive, before V8 collects it whole. */
const growthPercent = 30;

/**
 * Keeps the heap close to what is alive in it. Left alone, V8 lets it grow to several times that on a machine with much memory, since collecting less
 * often costs less; a server that is promised to stay within its memory pays some percent of a processor for it.
 */
export const boundHeapGrowth = (): void => setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
