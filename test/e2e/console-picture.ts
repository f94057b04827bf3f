import { join } from 'node:path';
import type { Page } from 'playwright-core';

const folder = process.env.TILLCAST_SCREENSHOTS;

/** Keeps a picture of what a page shows, where `TILLCAST_SCREENSHOTS` names a folder such as docs/images. */
export async function picture(page: Page, name: string): Promise<void> {
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
}
