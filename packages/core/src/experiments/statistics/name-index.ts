import { hash128, hash128Of } from '../../simulation/random.ts';

/** A name as a text, or as it stands in bytes of ASCII [from, to): both are the same name. */
export type Name = string | { readonly bytes: Uint8Array; readonly from: number; readonly to: number };

/** The name as a text. */
export const nameText = (name: Name): string =>
  typeof name === 'string' ? name : String.fromCharCode(...name.bytes.subarray(name.from, name.to));

/**
 * Numbers names from 0 in the order they come, by their 128-bit fingerprints: a million names take 50 MB whatever their length, and text that was
 * cut out of a file does not keep the file in memory. Were fingerprints random, two of a million names would share one with a chance below 1e-26.
 */
export class NameIndex {
  #slots = 1 << 12;
  #fingerprints = new Uint32Array(4 * this.#slots);
  /** Number + 1; 0 = free. */
  #numbers = new Uint32Array(this.#slots);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The name's number; a new name gets the next one, which was `size` before. */
  numberOf(name: Name): number {
    if (2 * (this.#size + 1) > this.#slots) this.#grow();
    const [a, b, c, d] = typeof name === 'string' ? hash128(name) : hash128Of(name.bytes, name.from, name.to);
    const slot = this.#slotOf(a, b, c, d);
    if (this.#numbers[slot] === 0) this.#put(slot, a, b, c, d, ++this.#size);
    return this.#numbers[slot]! - 1;
  }

  /** Where the fingerprint stands, or the free place where it belongs. */
  #slotOf(a: number, b: number, c: number, d: number): number {
    const mask = this.#slots - 1;
    const [prints, numbers] = [this.#fingerprints, this.#numbers];
    for (let slot = a & mask; ; slot = (slot + 1) & mask) {
      if (numbers[slot] === 0) return slot;
      const at = 4 * slot;
      if (prints[at] === a && prints[at + 1] === b && prints[at + 2] === c && prints[at + 3] === d) return slot;
    }
  }

  #put(slot: number, a: number, b: number, c: number, d: number, number: number): void {
    const [prints, at] = [this.#fingerprints, 4 * slot];
    prints[at] = a;
    prints[at + 1] = b;
    prints[at + 2] = c;
    prints[at + 3] = d;
    this.#numbers[slot] = number;
  }

  #grow(): void {
    const [prints, numbers] = [this.#fingerprints, this.#numbers];
    this.#slots *= 2;
    this.#fingerprints = new Uint32Array(4 * this.#slots);
    this.#numbers = new Uint32Array(this.#slots);
    for (let old = 0; old < numbers.length; old++) {
      if (numbers[old] === 0) continue;
      const [a, b, c, d] = [prints[4 * old]!, prints[4 * old + 1]!, prints[4 * old + 2]!, prints[4 * old + 3]!];
      this.#put(this.#slotOf(a, b, c, d), a, b, c, d, numbers[old]!);
    }
  }
}
