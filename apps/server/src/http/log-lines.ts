import { type DestinationStream, pino } from 'pino';

/** What lines are gathered for. */
export interface LogStream extends DestinationStream {
  flushSync(): void;
}

/** Lines that go out together. */
export interface GatheredLines extends LogStream {
  /** Hands on what is gathered. */
  handOn(): void;
}

export interface GatherSettings {
  /** Characters that go out together; default 8,192. */
  readonly together?: number;
  /** How long a line waits for company, ms; default 200. */
  readonly waitMs?: number;
}

/**
 * Gathers log lines: a system call a line would cost more than the line. pino's own stream gathers too, but measures all it holds at every line,
 * for which V8 lays that text out anew: an eighth of all the memory an answer asked for (docs/adr/0022-serving-speed.md).
 */
export function gatherLines(below: LogStream, { together = 8_192, waitMs = 200 }: GatherSettings = {}): GatheredLines {
  let lines: string[] = [];
  let characters = 0;
  let timer: NodeJS.Timeout | undefined;

  function handOn(): void {
    clearTimeout(timer);
    timer = undefined;
    if (lines.length === 0) return;
    const text = lines.join('');
    lines = [];
    characters = 0;
    below.write(text);
  }

  return {
    write(line) {
      lines.push(line);
      characters += line.length;
      if (characters >= together) handOn();
      else timer ??= setTimeout(handOn, waitMs).unref();
    },
    handOn,
    flushSync() {
      handOn();
      below.flushSync();
    },
  };
}

let opened: GatheredLines | undefined;

/** Standard error, one for the process. Where nobody takes the lines they are given up, not waited for. */
export function standardError(): LogStream {
  if (opened !== undefined) return opened;
  // Before the stream below hears of the end: what is gathered has to be there by then.
  for (const event of ['beforeExit', 'exit']) process.on(event, () => opened?.handOn());
  opened = gatherLines(pino.destination({ dest: 2, sync: false, maxLength: 8_388_608 }));
  return opened;
}
