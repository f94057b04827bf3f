/** Names a label may take: the first `limit` stay themselves, all later ones are `other`; undefined is `none`. So a caller cannot make series without end. */
export function cappedLabel(limit: number): (name: string | undefined) => string {
  const known = new Set<string>();
  return (name) => {
    if (name === undefined) return 'none';
    if (known.has(name)) return name;
    if (known.size >= limit) return 'other';
    known.add(name);
    return name;
  };
}
