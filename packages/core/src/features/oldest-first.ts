/**
 * The keys of a Map from the oldest entry on, one a call, for who takes each out before asking for the next; undefined = it is empty. One iterator for
 * all calls: a new one would step over everything that was taken out before.
 */
export function openOldestFirst(map: ReadonlyMap<string, unknown>): () => string | undefined {
  let keys = map.keys();
  return () => {
    const next = keys.next();
    if (next.done !== true) return next.value;
    // What was put in since then is behind the end of an iterator that is done.
    keys = map.keys();
    return keys.next().value;
  };
}
