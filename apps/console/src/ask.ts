import type { Problem } from '@tillcast/api/problem';
import { currentToken } from './access.ts';

/** Why there is no answer: what the server said, or that it said nothing (status 0). */
export interface Trouble {
  readonly status: number;
  readonly detail: string;
}

/** What a path answers, or the trouble. */
export type Asked = { readonly response: Response } | { readonly trouble: Trouble };

/** Asks a path with the token of this tab; raises only where `signal` ended it. */
export async function ask(path: string, accept: string, signal?: AbortSignal): Promise<Asked> {
  const token = currentToken();
  const headers = { accept, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  try {
    const response = await fetch(path, { headers, ...(signal === undefined ? {} : { signal }) });
    return response.ok ? { response } : { trouble: await troubleOf(response) };
  } catch (error) {
    if (signal?.aborted) throw error;
    return { trouble: { status: 0, detail: error instanceof Error ? error.message : String(error) } };
  }
}

async function troubleOf(response: Response): Promise<Trouble> {
  const { detail, title } = (await response.json().catch(() => ({}))) as Partial<Problem>;
  return { status: response.status, detail: detail ?? title ?? `the server answered ${response.status}` };
}
