import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { gatherLines } from '../../src/http/log-lines.ts';

function opened(settings = {}) {
  const written: string[] = [];
  let flushed = 0;
  const below = { write: (text: string) => void written.push(text), flushSync: () => void flushed++ };
  return { lines: gatherLines(below, settings), written, flushes: () => flushed };
}

describe('gathered log lines', () => {
  it('go out together, in their order, as soon as there are enough of them', () => {
    const { lines, written } = opened({ together: 6 });
    for (const line of ['ab\n', 'c\n', 'd\n', 'e\n']) lines.write(line);
    expect(written).toEqual(['ab\nc\nd\n']);
    lines.handOn();
    expect(written.join('')).toBe('ab\nc\nd\ne\n');
  });

  it('wait no longer than they may', () => {
    vi.useFakeTimers();
    try {
      const { lines, written } = opened({ waitMs: 50 });
      lines.write('a\n');
      vi.advanceTimersByTime(49);
      expect(written).toEqual([]);
      lines.write('b\n');
      vi.advanceTimersByTime(1);
      expect(written).toEqual(['a\nb\n']);
      vi.advanceTimersByTime(200);
      expect(written).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('are handed on before what is below is flushed', () => {
    const { lines, written, flushes } = opened();
    lines.write('fatal\n');
    lines.flushSync();
    expect([written, flushes()]).toEqual([['fatal\n'], 1]);
  });

  it.each([
    '',
    'process.exit(3);',
    "process.on('beforeExit', () => log.info('last'));",
    "setTimeout(() => { throw new Error('boom'); }, 1);",
  ])('are all on standard error when the process has ended: %s', (end) => {
    const lines = join(import.meta.dirname, '..', '..', 'src', 'http', 'log-lines.ts');
    const script = `
        import { pino } from 'pino';
        import { standardError } from ${JSON.stringify(lines)};
        const log = pino({ level: 'info' }, standardError());
        for (let n = 0; n < 200; n++) log.info({ n }, 'line');
        ${end}`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
    const told = stderr.split('\n').filter((line) => line.startsWith('{'));
    expect(told.slice(0, 200).map((line) => (JSON.parse(line) as { n: number }).n)).toEqual(
      Array.from({ length: 200 }, (_, n) => n),
    );
  });
});
