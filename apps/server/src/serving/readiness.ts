import type { Ready } from '@tillcast/api/health';
import type { CheckReady } from '../http/routes/health.ts';
import type { Champions } from './champions.ts';

/**
 * Whether the process should get traffic: a champion answers, and it is not shutting down. A store that is gone does not end that: predictions go on, and
 * all processes share the store, so taking them out of service would turn one failure into two. `degraded` tells.
 */
export function openReadiness(
  champions: Champions,
  checkStore: () => Ready['checks'][number],
): { readonly check: CheckReady; readonly drain: () => void } {
  let draining = false;
  const check = (): Ready => {
    const models = [champions.of('item'), champions.of('session')].filter((model) => model !== undefined);
    const names = models.map(({ bundle: { manifest } }) => `${manifest.model} ${manifest.version}`).join(', ');
    const checks = [
      { name: 'model', ok: models.length > 0, detail: names || 'no champion: run tillcast train, then tillcast models promote' },
      { name: 'accepting', ok: !draining, detail: draining ? 'shutting down' : 'yes' },
    ];
    const store = checkStore();
    const status = checks.some(({ ok }) => !ok) ? 'not_ready' : store.ok ? 'ready' : 'degraded';
    return { status, checks: [...checks, store] };
  };
  return {
    check,
    drain: () => {
      draining = true;
    },
  };
}
