import type { DatabaseSync } from 'node:sqlite';
import type { MigrationStatement, MigrationTarget } from '../../scripts/local/migrate.ts';

type Statement = MigrationStatement & { run(): void };

/** SQLite as D1 offers it: the part that migrations and lists need. */
export function sqliteTarget(database: DatabaseSync): MigrationTarget {
  const statement = (sql: string, values: unknown[]): Statement => ({
    bind: (...more) => statement(sql, more),
    all: async <T>() => ({ results: database.prepare(sql).all(...(values as string[])) as T[] }),
    run: () => void database.prepare(sql).run(...(values as string[])),
  });
  return {
    prepare: (sql) => statement(sql, []),
    batch: async (statements) => {
      for (const one of statements as Statement[]) one.run();
    },
  };
}
