import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalog, type ErrorCode } from '@tillcast/core/errors/catalog';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit.ts';
import { httpCatalog, problemOf } from '../../src/http/problem.ts';

const text = readFileSync(join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'errors.md'), 'utf8');
const [product, http] = text.split('## Codes of HTTP') as [string, string];
const rowsOf = (part: string): string[][] =>
  part
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

describe('docs/errors.md', () => {
  it('lists exactly the codes of the product, each with its exit code and status', () => {
    const rows = rowsOf(product).map(([, code, exit, status]) => [code, Number(exit), Number(status)]);
    const truth = (Object.keys(catalog) as ErrorCode[]).map((code) => {
      const error = new TillcastError(code, 'x');
      return [code, exitCodeOf(error), problemOf(error).status];
    });
    expect(rows.sort()).toEqual(truth.sort());
  });

  it('lists exactly the codes of HTTP, each with its status', () => {
    const rows = rowsOf(http).map(([, code, status]) => [code, Number(status)]);
    expect(rows.sort()).toEqual(
      Object.entries(httpCatalog)
        .map(([code, { status }]) => [code, status])
        .sort(),
    );
  });

  it('the type of a problem is the code, as a URN', () => {
    expect(problemOf(new TillcastError('STORE_UNAVAILABLE', 'x')).type).toBe('urn:tillcast:problem:store-unavailable');
  });
});
