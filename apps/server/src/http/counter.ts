import { type CounterConfiguration, Counter as PlainCounter } from 'prom-client';

type Labels = Partial<Record<string, string | number>>;

/** Counts by the value of a label, those of the next label within; the innermost one counts. */
interface Branch {
  readonly inner: Map<string | number | undefined, Branch>;
  /** Undefined: nothing was counted here since someone read. */
  by: number | undefined;
}

const openBranch = (): Branch => ({ inner: new Map(), by: undefined });

/**
 * A counter of prom-client that adds up what it is told until someone reads it. prom-client checks and hashes the labels at every count, which on the
 * way of each request costs as much as parsing its body; here a count is one look into a map for each label.
 */
export class Counter<T extends string> extends PlainCounter<T> {
  constructor(configuration: CounterConfiguration<T>) {
    super(configuration);
    let pending: { readonly labels: Labels; readonly branch: Branch }[] = [];
    let root = openBranch();
    const add = this.inc.bind(this) as (labels: Labels, by: number) => void;
    const names = configuration.labelNames ?? [];
    const count = (labels: Labels | number = {}, by = 1): void => {
      if (typeof labels === 'number') {
        count({}, labels);
        return;
      }
      let branch = root;
      for (const name of names) {
        const value = labels[name];
        let inner = branch.inner.get(value);
        if (inner === undefined) {
          inner = openBranch();
          branch.inner.set(value, inner);
        }
        branch = inner;
      }
      if (branch.by === undefined) pending.push({ labels: { ...labels }, branch });
      branch.by = (branch.by ?? 0) + by;
    };
    this.inc = count as PlainCounter<T>['inc'];
    (this as { collect?: () => void }).collect = () => {
      for (const { labels, branch } of pending) add(labels, branch.by!);
      pending = [];
      root = openBranch();
    };
  }
}
