/** That one place names next states, and one writes them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { projectFile } from '@segl/server/paths';

const TABLE = 'src/server/domain/lifecycle/transitions.ts';
const WRITER = 'src/server/application/lifecycle/apply.ts';
const STATES = 'src/server/adapters/postgres/orders/states.ts';

const files: readonly (readonly [string, string])[] = ['src', 'workers', 'cli', 'sandbox', 'bench'].flatMap(
  (folder) =>
    readdirSync(projectFile(folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map((name) => join(folder, name))
      .map((name) => [name, readFileSync(projectFile(name), 'utf8')] as const),
);

const namesOf = (test: (source: string) => boolean): string[] =>
  files.filter(([, source]) => test(source)).map(([name]) => name);

/** Statements that write a state: of an order, of a task, or of a packaging task. */
const writesState = (source: string): boolean =>
  /insert into (orders|tasks|packaging_tasks)\b/.test(source) ||
  [
    ...source.matchAll(
      /update (orders|tasks|packaging_tasks)\b[^`]*?\bset\b(?<columns>[^`]*?)(\bwhere\b|[`'])/g,
    ),
  ].some(({ groups }) => /\b(state|completed_at|deleted_at|deletion_asked_at)\s*=/.test(groups!['columns']!));

t.test('statements that write states are found', (t) => {
  for (const sql of [
    `update tasks set state = 'x' where request_id = $1`,
    'update orders set spec = $2, completed_at = null where request_id = $1',
    'update packaging_tasks p\n set result_id = $1,\n state = $2 where true',
    'insert into tasks (request_id) values ($1)',
  ]) {
    t.ok(writesState(`db.query(\`${sql}\`)`), sql);
  }
  t.notOk(writesState('db.query(`update orders set spec = $2 where completed_at = $1`)'));
  t.notOk(writesState('db.query(`update tasks set started_at = $3 where state = $1`)'));
  t.end();
});

t.test('one file writes states, and one calls it', (t) => {
  t.same(namesOf(writesState), [STATES]);
  t.same(
    namesOf((source) => /from '[^']*\/states\.ts'/.test(source)),
    [WRITER],
  );
  t.end();
});

t.test('one table decides, and one asks it', (t) => {
  t.same(
    namesOf((source) => /\bfunction decide\(/.test(source)),
    [TABLE],
  );
  t.same(namesOf((source) => /\bdecide\(/.test(source)).toSorted(), [WRITER, TABLE].toSorted());
  t.end();
});
