import { openTextWriter } from './text-writer.ts';

/** A file of JSON lines that appears whole under its name when it is finished, and not before. */
export function openJsonlWriter(file: string) {
  const writer = openTextWriter(file);
  return { ...writer, write: (value: unknown): void => writer.write(`${JSON.stringify(value)}\n`) };
}
