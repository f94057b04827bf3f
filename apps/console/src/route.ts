import { useSyncExternalStore } from 'react';

/** The pages, in the order of their tabs. */
export const pages = [
  { page: 'shoppers', address: '#/', title: 'About to buy', about: 'who is about to buy, and why' },
  { page: 'experiments', address: '#/experiments', title: 'Experiments', about: 'what works, and whether that is known yet' },
  { page: 'segments', address: '#/segments', title: 'Segments', about: 'whom to address' },
  { page: 'money', address: '#/money', title: 'Money', about: 'whether it paid' },
] as const;

/** Where the reader is: the page, and what of it, such as one experiment. */
export interface Place {
  readonly page: (typeof pages)[number]['page'];
  readonly of: string | undefined;
}

/** Reads an address such as `#/experiments/free-delivery`; any other is the first page. */
function placeOf(hash: string): Place {
  const [, name = '', of] = /^#\/([a-z]*)(?:\/(.+))?$/.exec(hash) ?? [];
  const found = pages.find(({ page }) => page === name);
  return { page: found?.page ?? 'shoppers', of: of === undefined ? undefined : decoded(of) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of one experiment. */
export const experimentAddress = (id: string): string => `#/experiments/${encodeURIComponent(id)}`;

const subscribe = (tell: () => void): (() => void) => {
  window.addEventListener('hashchange', tell);
  return () => window.removeEventListener('hashchange', tell);
};

/** Where the reader is, as it changes. */
export const usePlace = (): Place => placeOf(useSyncExternalStore(subscribe, () => window.location.hash));
