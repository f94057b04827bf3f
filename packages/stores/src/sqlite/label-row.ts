import type { PredictionLabel } from '@tillcast/core/ports/prediction-log';

/** Columns of the table `label`, as `l`; all null where there is none. */
export const labelColumns =
  'l.version, l.label, l.label_net as labelNet, l.net_final as netFinal, l.decided_at_ms as decidedAtMs, l.because';

/** A label as it is stored. */
export interface LabelRow {
  readonly version: number | null;
  readonly label: 0 | 1;
  readonly labelNet: 0 | 1;
  readonly netFinal: 0 | 1;
  readonly decidedAtMs: number;
  readonly because: PredictionLabel['because'];
}

/** The label of a row; undefined where it has none. */
export const labelOf = ({ version, label, labelNet, netFinal, decidedAtMs, because }: LabelRow): PredictionLabel | undefined =>
  version === null ? undefined : { version, label, labelNet, netFinal: netFinal === 1, decidedAtMs, because };
