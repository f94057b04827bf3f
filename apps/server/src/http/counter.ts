import { type CounterConfiguration, Counter as PlainCounter } from 'prom-client';

interface Pending {
  readonly labels: Partial<Record<string, string | number>>;
  by: number;
}

/**
 * A counter of prom-client that adds up what it is told until someone reads it. prom-client checks and hashes the labels at every count, which on the
 * way of each request costs as much as parsing its body; here a count is one look into a map.
 */
export class Counter<T extends string> extends PlainCounter<T> {
  constructor(configuration: CounterConfiguration<T>) {
    super(configuration);
    const pending = new Map<string, Pending>();
    const add = this.inc.bind(this) as (labels: Partial<Record<string, string | number>>, by: number) => void;
    const names = configuration.labelNames ?? [];
    const count = (labels: Partial<Record<string, string | number>> | number = {}, by = 1): void => {
      if (typeof labels === 'number') {
        count({}, labels);
        return;
      }
      let key = '';
      for (const name of names) key += `${labels[name] ?? ''}\n`;
      const known = pending.get(key);
      if (known === undefined) pending.set(key, { labels: { ...labels }, by });
      else known.by += by;
    };
    this.inc = count as PlainCounter<T>['inc'];
    (this as { collect?: () => void }).collect = () => {
      for (const { labels, by } of pending.values()) add(labels, by);
      pending.clear();
    };
  }
}
