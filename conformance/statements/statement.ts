import type { Standing } from '../rules/rule.ts';

/** One thing that Grafana's own tests say of its server. Tests cite its id in square brackets in their names. */
export type Statement = Standing & {
  /** Letter of the group and number, such as `D7`. */
  readonly id: string;
  readonly statement: string;
  /** Where Grafana's test is, in its repository. */
  readonly source: string;
};

type Standings = 'proved' | Exclude<Standing, { status: 'proved' }>;

/** Makes the statements of one group, numbered from 1. */
export function statementsOf(letter: string, rows: readonly (readonly [source: string, statement: string, standing: Standings])[]) {
  return rows.map(([source, statement, standing], index): Statement => {
    const stands = standing === 'proved' ? { status: 'proved' as const } : standing;
    return { id: `${letter}${index + 1}`, statement, source, ...stands };
  });
}
