import type { UnitKind } from './experiment.ts';

/** Who asks, as far as units are concerned. */
export interface Asker {
  readonly userId?: string | undefined;
  readonly anonymousId?: string | undefined;
  readonly sessionId?: string | undefined;
}

/**
 * The names under which a unit may have been assigned before, the one that names a new unit first. A device goes by `a:`, a user by `u:`, a session by `s:`.
 * `ownDevices` are devices the user is known to own: what was shown there before the login stays.
 */
export function unitKeys(kind: UnitKind, asker: Asker, ownDevices: readonly string[] = []): readonly string[] {
  const user = asker.userId === undefined ? [] : [`u:${asker.userId}`];
  const device = asker.anonymousId === undefined ? [] : [`a:${asker.anonymousId}`];
  const owned = ownDevices.map((id) => `a:${id}`).filter((key) => key !== device[0]);
  switch (kind) {
    case 'session':
      return asker.sessionId === undefined ? [] : [`s:${asker.sessionId}`];
    case 'device':
      return [...device, ...user, ...owned];
    case 'shopper':
      return [...user, ...device, ...owned];
  }
}
