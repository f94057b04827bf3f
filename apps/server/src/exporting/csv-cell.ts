/** One cell, quoted where RFC 4180 wants it. A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay as they are. */
export function cell(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r\n＝＋－＠]/u.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
