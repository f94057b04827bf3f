import { parseInstant } from '@tillcast/core/events/parse-time';

// Cells of the forms that a million rows have: read in place, without a text for each. Whatever has another form is left to unit-cells.ts.

const [zero, nine, minus, plus, point] = [48, 57, 45, 43, 46];
/** So many digits are exact as a double, and so is their power of ten: their quotient is the nearest double to the text (Clinger 1990). */
const exactDigits = 15;
const powers = Float64Array.from({ length: exactDigits + 1 }, (_, n) => 10 ** n);

/** The number that stands in bytes [from, to) as digits with at most one point; undefined = it is of another form. */
export function plainNumber(bytes: Buffer, from: number, to: number): number | undefined {
  let at = from;
  const sign = bytes[at];
  if (sign === minus || sign === plus) at++;
  let [mantissa, digits, after] = [0, 0, -1];
  for (; at < to; at++) {
    const code = bytes[at]!;
    if (code === point && after < 0 && digits > 0) after = 0;
    else if (code >= zero && code <= nine) {
      mantissa = 10 * mantissa + (code - zero);
      digits++;
      if (after >= 0) after++;
    } else return undefined;
  }
  if (digits === 0 || digits > exactDigits) return undefined;
  const value = after > 0 ? mantissa / powers[after]! : mantissa;
  return sign === minus ? -value : value;
}

const twoDigits = (bytes: Buffer, at: number): number => {
  const [tens, ones] = [bytes[at]! - zero, bytes[at + 1]! - zero];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : Number.NaN;
};

/** Whether bytes at `from` are those of a text of ASCII. */
export function standsAt(bytes: Buffer, from: number, text: string): boolean {
  for (let at = 0; at < text.length; at++) if (bytes[from + at] !== text.charCodeAt(at)) return false;
  return true;
}

const [letterT, letterZ, colon] = [84, 90, 58];

/** Opens a reader of instants such as 2026-11-20T18:04:05Z; undefined = it is of another form, or no instant. Remembers the day read last. */
export function openPlainInstants(): (bytes: Buffer, from: number, to: number) => number | undefined {
  let [day, dayMs] = ['', Number.NaN];
  return (bytes, from, to) => {
    if (to - from !== 20 || bytes[from + 10] !== letterT || bytes[from + 19] !== letterZ) return undefined;
    if (bytes[from + 13] !== colon || bytes[from + 16] !== colon) return undefined;
    if (day === '' || !standsAt(bytes, from, day)) {
      day = bytes.toString('latin1', from, from + 10);
      dayMs = parseInstant(`${day}T00:00:00Z`) ?? Number.NaN;
    }
    const [hour, minute, second] = [twoDigits(bytes, from + 11), twoDigits(bytes, from + 14), twoDigits(bytes, from + 17)];
    if (!(hour <= 23 && minute <= 59 && second <= 59) || Number.isNaN(dayMs)) return undefined;
    return dayMs + hour * 3_600_000 + minute * 60_000 + second * 1_000;
  };
}
