import { type Contenders, type OpenContender, serveTasks } from '../serve-tasks.ts';
import type { Settings } from '../settings.ts';
import { allCoresTasks } from './all-cores.ts';
import { type Backend, backends } from './backends.ts';
import { coreTasks } from './core-tasks.ts';
import { openMembers } from './open-members.ts';
import { readAbout, readMembers, readRows } from './read-models.ts';
import { treesTasks } from './trees-tasks.ts';

/** Tillcast as a contender: packages/trees on each backend, and packages/core over it. Usage: worker.ts SETTINGS (JSON). */
const settings = JSON.parse(process.argv[2]!) as Settings;
const about = readAbout(settings.models);
const width = about.features.length;
const rows = readRows(settings.models, 'test_rows.f32');

function openTrees(backend: Backend): OpenContender {
  const members = openMembers(settings.models, backend);
  const out = new Float64Array(width);
  return {
    about: { node: process.version },
    first() {
      for (const { engine } of members) {
        engine.score(rows, 0);
        engine.explain(rows, out, 0, 0);
      }
    },
    prepare: () =>
      settings.threads === 1
        ? treesTasks({ members, rows, width, settings })
        : allCoresTasks(members, backend, rows, width, settings),
  };
}

function openCore(): OpenContender {
  const members = readMembers(settings.models);
  const learnt = () => readRows(settings.models, 'learnt_rows.f32');
  return {
    about: { node: process.version },
    first() {},
    prepare: () => coreTasks({ members, featureNames: about.features, baseRate: about.base_rate, rows, learnt, settings }),
  };
}

const contenders: Contenders = {
  ...Object.fromEntries(backends.map((backend) => [backend, () => openTrees(backend)])),
  core: openCore,
};

await serveTasks(contenders, rows.length / width);
