/** What a page offers beyond `fetch`; absent on a server. */
export interface Page {
  /** Calls back when the page is hidden, perhaps for good; answers how to stop that. */
  onHide(hidden: () => void): () => void;
  /** Sends a body that may outlive the page; false = the browser did not take it, or it could not arrive by a beacon. */
  sendBeacon(url: string, body: string): boolean;
}

interface BrowserGlobals {
  readonly location?: { readonly href: string; readonly origin: string };
  readonly navigator?: { sendBeacon?(url: string, body: Blob): boolean };
  addEventListener?(name: string, listener: () => void): void;
  removeEventListener?(name: string, listener: () => void): void;
}

/** The page this code runs in; undefined where it runs in none. */
export function thisPage(globals: BrowserGlobals = globalThis as BrowserGlobals): Page | undefined {
  const { navigator, location, addEventListener, removeEventListener } = globals;
  /** Beacons carry credentials, so another origin would have to allow those; it need not, for a request without them arrives as well. */
  const isOwn = (url: string): boolean => location === undefined || new URL(url, location.href).origin === location.origin;
  if (navigator?.sendBeacon === undefined || addEventListener === undefined || removeEventListener === undefined)
    return undefined;
  return {
    onHide(hidden) {
      addEventListener.call(globals, 'pagehide', hidden);
      return () => removeEventListener.call(globals, 'pagehide', hidden);
    },
    sendBeacon: (url, body) => isOwn(url) && navigator.sendBeacon!(url, new Blob([body], { type: 'application/json' })),
  };
}
