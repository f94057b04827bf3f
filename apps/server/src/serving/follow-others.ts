import type { ItemCatalogue, ItemFact } from '@tillcast/core/ports/item-catalogue';
import type { ErasedList } from '../subjects/erased-list.ts';

/** What other processes may have written meanwhile, and where it is to be known. */
export interface FollowedParts {
  readonly catalogue: ItemCatalogue;
  /** Told of every fact, of some more than once. */
  readonly learn: (fact: ItemFact) => void;
  readonly erased: Pick<ErasedList, 'refresh'>;
  readonly now: () => number;
  readonly onTrouble: (error: unknown, what: string) => void;
  readonly tenant?: string;
}

/**
 * Facts are dated by the clock of the process that took them, before they were committed: looked at again are those of so long ago, which clocks and
 * commits may differ by.
 */
const overlapMs = 60_000;

/**
 * Learns now and then what other processes wrote into the catalogue and the list of erased people: an import while a server runs, or a server beside it.
 * `everyMs` 0: only when told. Does not keep the process alive.
 */
export function followOthers({ catalogue, learn, erased, now, onTrouble, tenant = 'default' }: FollowedParts, everyMs: number) {
  let fromMs = now() - overlapMs;
  let isTold = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const startMs = now();
    for await (const facts of catalogue.read({ tenant, receivedFromMs: fromMs })) for (const fact of facts) learn(fact);
    await erased.refresh();
    fromMs = startMs - overlapMs;
  }
  async function tryLook(): Promise<void> {
    try {
      await look();
      isTold = false;
    } catch (error) {
      // Once a burst: what was missed is looked at again.
      if (!isTold && !isClosed) onTrouble(error, 'what other processes wrote cannot be looked at; it is tried again');
      isTold = true;
    }
  }
  const plan = (): void => {
    if (isClosed || everyMs === 0) return;
    timer = setTimeout(() => {
      looking = tryLook().then(plan);
    }, everyMs);
    timer.unref();
  };
  plan();
  return {
    look,
    close(): Promise<void> {
      isClosed = true;
      clearTimeout(timer);
      return looking;
    },
  };
}
