import type { ExperimentState } from '../experiments/lifecycle.ts';
import type { Target } from '../scoring/bundle.ts';
import type { MemberName } from '../scoring/ensemble.ts';

/** What happened to an experiment. */
export type ExperimentChange = 'created' | 'edited' | 'started' | 'stopped' | 'reweighted' | 'rolled_forward' | 'rolled_back';

/** The models of a running experiment, as they were when it started: an alias that moves later moves nothing here. */
export interface PinnedModels {
  readonly target: Target;
  readonly horizonMs: number;
  /** By variant; absent = the variant has no model of its own. */
  readonly models: Readonly<Record<string, { readonly version: string; readonly member?: MemberName }>>;
}

/** One state of an experiment, and how it came about. Revisions are only ever added; the last one counts. */
export interface ExperimentRevision {
  readonly tenant: string;
  /** Counts the revisions of a tenant, 1, 2, 3 …: whoever adds one says that it has seen all before. */
  readonly serial: number;
  readonly id: string;
  /** Counts the revisions of the experiment, 1, 2, 3 …. */
  readonly version: number;
  readonly state: ExperimentState;
  /** As it was sent. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly change: ExperimentChange;
  readonly atMs: number;
  readonly by: string;
  readonly why: string;
  readonly startedAtMs?: number;
  readonly stoppedAtMs?: number;
  /** Since it was started. */
  readonly pinned?: PinnedModels;
}

/** Every experiment of a tenant as it is, and how many revisions that was read from. */
export interface ExperimentList {
  readonly serial: number;
  readonly experiments: readonly ExperimentRevision[];
}

/**
 * The experiments, with every change there was. The law suite (packages/core/test/contract/experiment-store.ts) holds every implementation to these sentences.
 * - `append` adds a revision whose `serial` is one above the tenant's last; any other raises VERSION_CONFLICT and changes nothing. So whoever decides upon
 *   a list decides upon all of it, whatever others do at the same time.
 * - Once `append` resolves and `durable` is true, the revision survives the death of the process and a power cut.
 * - `list` gives the last revision of each experiment by (`startedAtMs`, never started last; then `id` by code points).
 * - `history` gives every revision of one, the first first; empty = there is no such experiment.
 * - What is read is the caller's own. After `close`, every call rejects with STORE_UNAVAILABLE.
 */
export interface ExperimentStore {
  readonly durable: boolean;
  append(revision: ExperimentRevision): Promise<void>;
  list(tenant: string): Promise<ExperimentList>;
  history(tenant: string, id: string): Promise<readonly ExperimentRevision[]>;
  close(): Promise<void>;
}
