/** A numeric column that grows by doubling; `array` is a view of what was pushed. */
export interface GrowingColumn<A extends Float64Array | Int32Array> {
  push(value: number): void;
  /** The column so far, the first `length` values of it where given; not a copy. */
  array(length?: number): A;
  readonly length: number;
}

/** Opens an empty column of the given element type. */
export function growingColumn<A extends Float64Array | Int32Array>(make: (length: number) => A): GrowingColumn<A> {
  let values = make(1024);
  let length = 0;
  return {
    push(value) {
      if (length === values.length) {
        const wider = make(length * 2);
        wider.set(values);
        values = wider;
      }
      values[length++] = value;
    },
    array: (count = length) => values.subarray(0, count) as A,
    get length() {
      return length;
    },
  };
}

/** Numbers texts in order of first sight, so that a column holds integers and each text once. */
export interface Codes {
  of(text: string): number;
  readonly texts: readonly string[];
}

/** Opens an empty numbering. */
export function openCodes(): Codes {
  const codes = new Map<string, number>();
  const texts: string[] = [];
  return {
    of(text) {
      const known = codes.get(text);
      if (known !== undefined) return known;
      codes.set(text, texts.length);
      return texts.push(text) - 1;
    },
    texts,
  };
}

/** Codes of texts that mostly come with a number of their own: an array finds those, where the text would have to be looked up. */
export function openCodesByNumber(codes: Codes): (number: number | undefined, text: string) => number {
  const byNumber: number[] = [];
  return (number, text) => {
    if (number === undefined) return codes.of(text);
    const known = byNumber[number];
    if (known !== undefined) return known;
    const code = codes.of(text);
    byNumber[number] = code;
    return code;
  };
}
