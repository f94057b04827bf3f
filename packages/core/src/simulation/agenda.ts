/** Whoever does something at a time: a shopper, a bot, a parcel on its way back. */
export interface Actor {
  /** Acts at `nowMs` and says when to be woken again; `Infinity` = never. */
  act(nowMs: number): number;
}

/** Who acts next: a binary heap (Williams, CACM 7, 1964) with as many entries as there are live actors. */
export interface Agenda {
  add(actor: Actor, atMs: number): void;
  /** Lets the earliest actor act, unless nobody has anything to do before `endMs`. */
  step(endMs: number): boolean;
}

/** Opens an empty agenda. */
export function openAgenda(): Agenda {
  const times: number[] = [];
  const actors: Actor[] = [];

  const settle = (at: number, actor: Actor, time: number) => {
    times[at] = time;
    actors[at] = actor;
  };

  const rise = (at: number, actor: Actor, time: number) => {
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (times[parent]! <= time) break;
      settle(at, actors[parent]!, times[parent]!);
      at = parent;
    }
    settle(at, actor, time);
  };

  const sink = (actor: Actor, time: number) => {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && times[child + 1]! < times[child]!) child += 1;
      if (times[child]! >= time) break;
      settle(at, actors[child]!, times[child]!);
      at = child;
    }
    settle(at, actor, time);
  };

  /** The earliest entry goes; the last one takes its place and sinks. */
  const removeTop = () => {
    const time = times.pop()!;
    const actor = actors.pop()!;
    if (times.length > 0) sink(actor, time);
  };

  return {
    add: (actor, atMs) => {
      if (Number.isFinite(atMs)) rise(times.length, actor, atMs);
    },
    step(endMs) {
      const nowMs = times[0];
      if (nowMs === undefined || nowMs >= endMs) return false;
      const actor = actors[0]!;
      const nextMs = actor.act(nowMs);
      if (Number.isFinite(nextMs)) sink(actor, nextMs);
      else removeTop();
      return true;
    },
  };
}
