/**
 * A deep copy of a state. Equal to structuredClone for what an accumulator may hold (numbers, strings, arrays, typed arrays, Map, Set, plain
 * objects; a law checks it), and an order of magnitude faster, which matters because returning shoppers and late events cost one each.
 */
export function cloneState<S>(state: S): S {
  if (typeof state !== 'object' || state === null) return state;
  return cloneObject(state) as S;
}

function cloneObject(state: object): unknown {
  if (Array.isArray(state)) return state.map(cloneState);
  if (state instanceof Map) return cloneMap(state);
  if (state instanceof Set) return new Set(state);
  if (ArrayBuffer.isView(state)) return (state as Float64Array).slice();
  const copy: Record<string, unknown> = { ...state };
  for (const key in copy) if (typeof copy[key] === 'object') copy[key] = cloneState(copy[key]);
  return copy;
}

function cloneMap(map: Map<unknown, unknown>): Map<unknown, unknown> {
  const copy = new Map<unknown, unknown>();
  for (const [key, value] of map) copy.set(key, cloneState(value));
  return copy;
}
