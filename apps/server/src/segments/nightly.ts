/** What is done each night. */
export interface NightlyJob {
  /** Does it now, unless it is under way; resolves when it is done, and never rejects. */
  run(): Promise<void>;
  close(): Promise<void>;
}

/** How it is timed; the clock comes in. */
export interface NightlySettings {
  /** Epoch ms of when it was done last; undefined = never. */
  readonly lastMs: () => number | undefined;
  /** Minutes after local midnight at which it is due. */
  readonly atMinutes: number;
  readonly now: () => number;
  /** Local minutes since midnight. */
  readonly minutesOf: (epochMs: number) => number;
  readonly work: (nowMs: number) => Promise<void>;
  readonly onTrouble: (error: unknown) => void;
  /** How often the clock is looked at; 0 = only when told. */
  readonly everyMs: number;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** The last moment at which the job was due: the latest passing of its local time. */
export function lastDueMs(nowMs: number, atMinutes: number, minutesOf: (epochMs: number) => number): number {
  const since = (minutesOf(nowMs) - atMinutes + 1_440) % 1_440;
  return Math.floor(nowMs / minuteMs) * minuteMs - since * minuteMs;
}

/** Opens the job; its timer does not keep the process alive. A night that was slept through is made up for at once, one that failed an hour later. */
export function openNightly(settings: NightlySettings): NightlyJob {
  const { lastMs, atMinutes, now, minutesOf, work, onTrouble, everyMs } = settings;
  let running: Promise<void> | undefined;
  let [closed, notBeforeMs] = [false, Number.NEGATIVE_INFINITY];

  async function once(): Promise<void> {
    try {
      await work(now());
    } catch (error) {
      notBeforeMs = now() + dayMs / 24;
      onTrouble(error);
    }
  }

  function run(): Promise<void> {
    running ??= once().finally(() => {
      running = undefined;
    });
    return running;
  }

  function look(): void {
    const nowMs = now();
    const last = lastMs();
    if (closed || nowMs < notBeforeMs) return;
    if (last === undefined || last < lastDueMs(nowMs, atMinutes, minutesOf)) void run();
  }

  const timer = everyMs > 0 ? setInterval(look, everyMs).unref() : undefined;
  return {
    run,
    async close() {
      closed = true;
      clearInterval(timer);
      await running;
    },
  };
}
