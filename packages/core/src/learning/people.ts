/** How much was told before a login: what it claims came earlier. */
export interface ToldBefore {
  readonly rows: number;
  readonly outcomes: number;
}

interface Claim extends ToldBefore {
  readonly atMs: number;
}

interface Device {
  readonly user: number;
  /** In the order in which they became known. */
  readonly claims: Claim[];
}

/**
 * Who turned out to be whom, by codes of shoppers: devices whose history logins made their users' (docs/adr/0013-identity.md). A claim, once known, stands.
 */
export interface People {
  /** A login, knowable at `atMs`, made what the device did before it its user's. A device has one owner, the first. */
  claim(device: number, user: number, atMs: number, before: ToldBefore): void;
  /** The owner of a device, and anybody else themselves. */
  personOf(group: number): number;
  /** Everyone who is, or was, one person: a user and their devices. */
  groupsOf(person: number): readonly number[];
  /** From when on a row of a shopper is known to be their person's, epoch ms; Infinity = it never was. */
  rowKnownMs(group: number, row: number): number;
  /** The same of an outcome, by its number. */
  outcomeKnownMs(group: number, outcome: number): number;
}

/** Opens it: everybody is a person of their own. */
export function openPeople(): People {
  const devices = new Map<number, Device>();
  const groups = new Map<number, number[]>();

  function deviceOf(device: number, user: number): Device {
    const known = devices.get(device);
    if (known !== undefined) return known;
    const opened = { user, claims: [] };
    devices.set(device, opened);
    const others = groups.get(user);
    if (others === undefined) groups.set(user, [user, device]);
    else others.push(device);
    return opened;
  }

  function knownMs(group: number, index: number, kind: keyof ToldBefore): number {
    const claims = devices.get(group)?.claims;
    if (claims === undefined) return groups.has(group) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    let [low, high] = [0, claims.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (claims[middle]![kind] > index) high = middle;
      else low = middle + 1;
    }
    return claims[low]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  return {
    claim(device, user, atMs, before) {
      const known = deviceOf(device, user);
      if (known.user === user) known.claims.push({ atMs, ...before });
    },
    personOf: (group) => devices.get(group)?.user ?? group,
    groupsOf: (person) => groups.get(person) ?? [person],
    rowKnownMs: (group, row) => knownMs(group, row, 'rows'),
    outcomeKnownMs: (group, outcome) => knownMs(group, outcome, 'outcomes'),
  };
}
