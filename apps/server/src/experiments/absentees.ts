import { boundedMap } from '@tillcast/core/features/bounded-map';

/** Who was in no exposure when the log was asked last: so that those outside of an experiment are not asked for again and again. */
export interface Absentees {
  /** The log was asked for these keys, and has none of them. */
  note(experimentId: string, version: number, keys: readonly string[]): void;
  /** Whether that is so recent, and of the same version of the experiment, that it need not be asked again. */
  has(experimentId: string, version: number, keys: readonly string[]): boolean;
  /** Askers at hand. */
  readonly size: number;
}

/** How long another process's exposure of the same person may go unnoticed, ms: it can only keep out for so long whom a login has just brought in. */
export const absentForMs = 30_000;
const mostAtHand = 200_000;

interface Absence {
  readonly version: number;
  readonly untilMs: number;
}

/**
 * Opens an empty memory of at most `limit` askers; those not seen for longest are forgotten. It says nothing of where they fall: that is the hash's to say,
 * each time anew, so that whoever the share reaches is in at once. A change of the experiment ends it, for others may have exposed them under the one before.
 */
export function openAbsentees(now: () => number, limit = mostAtHand): Absentees {
  const absent = boundedMap<Absence>(limit);
  const idOf = (experimentId: string, keys: readonly string[]): string => [experimentId, ...keys].join('\n');
  return {
    note: (experimentId, version, keys) => void absent.set(idOf(experimentId, keys), { version, untilMs: now() + absentForMs }),
    has(experimentId, version, keys) {
      const known = absent.get(idOf(experimentId, keys));
      return known !== undefined && known.version === version && now() < known.untilMs;
    },
    get size() {
      return absent.size;
    },
  };
}
