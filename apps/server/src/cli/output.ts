/** What `--json` promises: exactly one line on stdout, the last; everything else goes to stderr. */
export const printJson = (result: unknown): void => void process.stdout.write(`${JSON.stringify(result)}\n`);

/** A line for people: on stderr, so that stdout stays the result's. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** A progress line that rewrites itself on a terminal, and is printed at most every `everyMs` elsewhere. */
export function openProgress(everyMs = 2_000, now: () => number = performance.now.bind(performance)) {
  const live = process.stderr.isTTY === true;
  let last = Number.NEGATIVE_INFINITY;
  return {
    update(text: string): void {
      const at = now();
      if (at - last < (live ? 80 : everyMs)) return;
      last = at;
      process.stderr.write(live ? `\r\u001b[2K${text}` : `${text}\n`);
    },
    close(text?: string): void {
      if (live) process.stderr.write('\r\u001b[2K');
      if (text !== undefined) say(text);
    },
  };
}

/** `[████░░░░]  50 %` */
export function bar(share: number, width = 24): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}] ${String(Math.round(share * 100)).padStart(3)} %`;
}
