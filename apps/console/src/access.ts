import { useSyncExternalStore } from 'react';

const key = 'tillcast-token';
const listeners = new Set<() => void>();

/** The token that requests carry, kept until this tab is closed; undefined = none was given. */
export const currentToken = (): string | undefined => sessionStorage.getItem(key) ?? undefined;

/** Takes a token, or forgets it; whoever shows something asks again. */
export function signIn(token: string | undefined): void {
  if (token === undefined) sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, token);
  for (const tell of listeners) tell();
}

const subscribe = (tell: () => void): (() => void) => {
  listeners.add(tell);
  return () => listeners.delete(tell);
};

/** The token, as it changes. */
export const useToken = (): string | undefined => useSyncExternalStore(subscribe, currentToken);
