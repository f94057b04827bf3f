/** A version's name: UTC to the millisecond, then the head of its content hash; sorts by time and says nothing else. */
export function versionOf(nowMs: number, contentHash: string): string {
  const digits = new Date(nowMs).toISOString().replace(/\D/g, '');
  return `v${digits}-${contentHash.slice(0, 8)}`;
}
