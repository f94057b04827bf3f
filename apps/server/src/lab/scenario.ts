/** What every scenario of the laboratory may be told on the command line. */
export interface LabFlags {
  readonly scenario: string;
  readonly seed: string;
  readonly shoppers?: string;
  readonly runs?: string;
  readonly signal?: string;
  readonly threads?: string;
  readonly json?: boolean;
}

/** A world whose truth is known, and what our methods find in it. */
export interface LabScenario {
  readonly name: string;
  /** A sentence for the help. */
  readonly description: string;
  /** Runs it; says what it found on the way in words, and answers what `--json` prints. */
  run(flags: LabFlags, say: (text: string) => void): Promise<unknown>;
}
