import type { LedgerUnit } from '@tillcast/core/decisions/money/ledger-unit';

/** Numbers a unit takes. */
const width = 6;

/** Units as one block of numbers, which another thread takes over without copying. */
export function packUnits(units: readonly LedgerUnit[]): Float64Array {
  const packed = new Float64Array(width * units.length);
  for (const [i, { isTreated, stratum, maturesAtMs, marginCents, treatmentCents, discountCents }] of units.entries())
    packed.set([Number(isTreated), stratum, maturesAtMs, marginCents, treatmentCents, discountCents], width * i);
  return packed;
}

/** The units of a block. */
export const unpackUnits = (packed: Float64Array): readonly LedgerUnit[] =>
  Array.from({ length: packed.length / width }, (_, i) => ({
    ...{ isTreated: packed[width * i] === 1, stratum: packed[width * i + 1]!, maturesAtMs: packed[width * i + 2]! },
    marginCents: packed[width * i + 3]!,
    treatmentCents: packed[width * i + 4]!,
    discountCents: packed[width * i + 5]!,
  }));
