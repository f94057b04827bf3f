import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Fixture, fixtureNames, readFixture } from './fixture.ts';
import { type Requirement, requirements } from './parity/requirements.ts';

const root = fileURLToPath(new URL('../../../fixtures/models/', import.meta.url));
const fixtures = fixtureNames.map(readFixture);

const coverOf = ({ holds }: Requirement, among: readonly Fixture[]): readonly string[] =>
  among.filter(holds).map(({ name }) => name);

describe('the fixtures cover what issue 4 names', () => {
  it.each(requirements)('$name', (requirement) => {
    expect(coverOf(requirement, fixtures).length).toBeGreaterThan(0);
  });

  it('at least 60 models, at most 200 rows each, and small together', () => {
    const bytes = fixtureNames.flatMap((name) =>
      readdirSync(join(root, name)).map((file) => statSync(join(root, name, file)).size),
    );
    const total = bytes.reduce((sum, size) => sum + size, 0);
    console.info(`fixtures/models: ${fixtureNames.length} models, ${(total / 1e6).toFixed(1)} MB`);
    expect(fixtureNames.length).toBeGreaterThanOrEqual(60);
    expect(Math.max(...fixtures.map(({ rows }) => rows.length))).toBeLessThanOrEqual(200);
    expect(total).toBeLessThan(8e6);
  });

  it('negative control: a requirement whose fixtures are taken away is found uncovered', () => {
    for (const requirement of requirements) {
      const cover = coverOf(requirement, fixtures);
      expect(cover.length).toBeLessThan(fixtures.length);
      const rest = fixtures.filter(({ name }) => !cover.includes(name));
      expect(coverOf(requirement, rest)).toEqual([]);
    }
  });
});
