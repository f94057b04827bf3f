/** Runs upkeep now and then, never twice at once; a failure is told and tried again at the next turn. Does not keep the process alive. */
export function openUpkeepTimer(
  run: () => Promise<unknown>,
  {
    firstMs,
    everyMs,
    onFailure,
  }: { readonly firstMs: number; readonly everyMs: number; readonly onFailure: (error: unknown) => void },
): { stop(): Promise<void> } {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  const plan = (inMs: number): void => {
    timer = setTimeout(turn, inMs);
    timer.unref();
  };
  const turn = (): void => {
    running = run().then(
      () => {},
      (error: unknown) => {
        if (!stopped) onFailure(error);
      },
    );
    void running.then(() => {
      if (!stopped) plan(everyMs);
    });
  };
  plan(firstMs);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      return running;
    },
  };
}
