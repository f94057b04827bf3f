/** What is to be done once everything that arrived in one turn of the event loop was looked at. */
export interface TurnEnd {
  /** Work that was put off to the end of this turn. */
  work(task: () => void): void;
  /** What has to see that work done. */
  after(task: () => void): void;
}

/** Opens the end of turns over `schedule`, which runs a task once all that has arrived was handed out; default `setImmediate`. */
export function openTurnEnd(schedule: (task: () => void) => void = (task) => void setImmediate(task)): TurnEnd {
  let tasks: (() => void)[] = [];
  let afterwards: (() => void)[] = [];
  let isPlanned = false;

  function end(): void {
    isPlanned = false;
    const [now, then] = [tasks, afterwards];
    tasks = [];
    afterwards = [];
    for (const task of now) task();
    for (const task of then) task();
  }

  const plan = (): void => {
    if (!isPlanned) schedule(end);
    isPlanned = true;
  };
  return {
    work(task) {
      tasks.push(task);
      plan();
    },
    after(task) {
      afterwards.push(task);
      plan();
    },
  };
}
