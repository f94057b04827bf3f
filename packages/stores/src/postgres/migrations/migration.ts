/**
 * One numbered step of the schema. A step that was released never changes.
 * - `expand` adds, and leaves programs of the release before working. `contract` takes away what only they used: it is run on request, when none of them is left.
 * - A transactional step happens whole or not at all. Where PostgreSQL allows no transaction (`create index concurrently`), each statement must be fit to be
 *   run again after it was cut off anywhere: `if not exists` alone is not, since a killed index build leaves an invalid index behind; drop it first.
 */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly id: number;
  readonly name: string;
  readonly phase: 'expand' | 'contract';
  readonly transactional: boolean;
  /** The statements, in order, for a schema named by an identifier that is quoted already. */
  readonly statements: (schema: string) => readonly string[];
}
