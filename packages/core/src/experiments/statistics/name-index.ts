import { hash128 } from '../../simulation/random.ts';

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
  numberOf(name: string): number {
    if (2 * (this.#size + 1) > this.#slots) this.#grow();
    const print = hash128(name);
    const slot = this.#slotOf(print);
    if (this.#numbers[slot] === 0) {
      this.#fingerprints.set(print, 4 * slot);
      this.#numbers[slot] = ++this.#size;
    }
    return this.#numbers[slot]! - 1;
  }

  /** Where the fingerprint stands, or the free place where it belongs. */
  #slotOf(print: ArrayLike<number>): number {
    const mask = this.#slots - 1;
    for (let slot = print[0]! & mask; ; slot = (slot + 1) & mask) {
      if (this.#numbers[slot] === 0) return slot;
      const at = 4 * slot;
      const prints = this.#fingerprints;
      if (prints[at] === print[0] && prints[at + 1] === print[1] && prints[at + 2] === print[2] && prints[at + 3] === print[3])
        return slot;
    }
  }

  #grow(): void {
    const [prints, numbers] = [this.#fingerprints, this.#numbers];
    this.#slots *= 2;
    this.#fingerprints = new Uint32Array(4 * this.#slots);
    this.#numbers = new Uint32Array(this.#slots);
    for (const [old, number] of numbers.entries()) {
      if (number === 0) continue;
      const print = prints.subarray(4 * old, 4 * old + 4);
      const slot = this.#slotOf(print);
      this.#fingerprints.set(print, 4 * slot);
      this.#numbers[slot] = number;
    }
  }
}
