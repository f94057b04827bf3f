/** A value with its interval; null = nothing bounds it on that side. */
export type Figure = readonly [value: number, low: number | null, high: number | null];
