import type { Exposure } from '@tillcast/core/ports/exposure-log';
import type { ExposureDesk } from './exposure-desk.ts';
import type { Placed } from './placement.ts';

/** Logs that a unit met an experiment, under every name it goes by; true: for the first time as far as is known here. */
export type Expose = (placed: Placed, measured: Partial<Exposure>, nowMs: number) => boolean;

/** Opens it over the desk of exposures. */
export const openExpose =
  (exposures: ExposureDesk, countExposure: (experimentId: string, variant: string) => void): Expose =>
  ({ live, unit, keys, variant }, measured, nowMs) => {
    const experimentId = live.experiment.id;
    const common = { tenant: 'default', experimentId, unit, exposedAtMs: nowMs, ...(variant === undefined ? {} : { variant }) };
    const isFirst = exposures.expose({ ...common, ...measured, key: unit });
    if (isFirst) countExposure(experimentId, variant ?? 'held_out');
    for (const key of keys) if (key !== unit) exposures.expose({ ...common, key });
    return isFirst;
  };
