import { Histogram, type HistogramConfiguration } from 'prom-client';

interface Counts {
  readonly inBucket: Float64Array;
  sum: number;
  count: number;
}

/**
 * A histogram of durations that Prometheus reads like any other. prom-client's own checks and hashes its labels at every observation, which on the way of
 * each answer costs as much as parsing its body; here the one label's value is given once, and an observation adds to three numbers.
 */
export class Durations extends Histogram<string> {
  readonly #byValue = new Map<string, Counts>();
  readonly #buckets: readonly number[];
  readonly #name: string;
  readonly #label: string;
  readonly #help: string;

  /** `label` is the only one; `buckets` are upper bounds in seconds, ascending. */
  constructor(
    configuration: Pick<HistogramConfiguration<string>, 'name' | 'help' | 'registers'> & {
      readonly label: string;
      readonly buckets: readonly number[];
    },
  ) {
    const { label, buckets, ...rest } = configuration;
    super({ ...rest, labelNames: [label], buckets: [...buckets] });
    this.#buckets = buckets;
    this.#name = rest.name;
    this.#label = label;
    this.#help = rest.help;
  }

  /** Takes the time of one value of the label: seconds, ≥ 0. Made once, kept by the caller. */
  of(value: string): (seconds: number) => void {
    const counts = this.#byValue.get(value) ?? { inBucket: new Float64Array(this.#buckets.length), sum: 0, count: 0 };
    this.#byValue.set(value, counts);
    return (seconds) => {
      const at = this.#buckets.findIndex((bound) => seconds <= bound);
      if (at >= 0) counts.inBucket[at]! += 1;
      counts.sum += seconds;
      counts.count += 1;
    };
  }

  /** What prom-client makes its text of, and the rest of its answers. */
  async getForPromString() {
    const values = [...this.#byValue].flatMap(([value, counts]) => this.#lines(value, counts));
    return { name: this.#name, help: this.#help, type: 'histogram', aggregator: 'sum', values };
  }

  #lines(value: string, { inBucket, sum, count }: Counts) {
    const name = this.#name;
    const labels = { [this.#label]: value };
    let below = 0;
    const upTo = this.#buckets.map((bound, at) => {
      below += inBucket[at]!;
      return { metricName: `${name}_bucket`, labels: { le: bound, ...labels }, sharedLabels: {}, value: below };
    });
    return [
      ...upTo,
      { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, sharedLabels: {}, value: count },
      { metricName: `${name}_sum`, labels, sharedLabels: {}, value: sum },
      { metricName: `${name}_count`, labels, sharedLabels: {}, value: count },
    ];
  }
}
