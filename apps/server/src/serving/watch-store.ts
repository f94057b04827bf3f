import type { Ready } from '@tillcast/api/health';

/** Asks the store of events now and then whether it would take any, so that `/readyz` can tell without waiting for it. */
export function watchStore(
  ask: () => Promise<void>,
  everyMs = 1_000,
): { readonly check: () => Ready['checks'][number]; readonly close: () => Promise<void> } {
  let trouble: string | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let asking: Promise<void> = Promise.resolve();

  const turn = (): void => {
    asking = ask()
      .then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      )
      .then((message) => {
        trouble = message;
        if (closed) return;
        timer = setTimeout(turn, everyMs);
        timer.unref();
      });
  };
  turn();
  return {
    check: () => ({ name: 'events', ok: trouble === undefined, detail: trouble ?? 'taken' }),
    close() {
      closed = true;
      clearTimeout(timer);
      return asking;
    },
  };
}
