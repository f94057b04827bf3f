import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

/** Whether this machine has a browser of its own; where not, says what is skipped for it. */
export function hasChromium(what: string): boolean {
  if (executablePath === undefined) console.warn(`skipped: ${what} in a real browser (no chromium on this machine)`);
  return executablePath !== undefined;
}

/** Starts the machine's own chromium: no browser is downloaded. */
export const startChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: executablePath!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
