/** Which side of the process border a rule binds. */
export type Side = 'host' | 'plugin';

/** How we stand to a rule. */
export type Standing =
  /** A test cites the rule. */
  | { readonly status: 'proved' }
  /** No test yet, or the capability is not built yet. */
  | { readonly status: 'open'; readonly reason: string }
  /** We do otherwise on purpose; a test cites the rule and shows what we do instead. */
  | { readonly status: 'differs'; readonly reason: string };

/** One thing that a genuine counterpart relies on. Tests cite its id in square brackets in their names. */
export type Rule = Standing & {
  readonly number: number;
  readonly id: `${string}/${string}`;
  readonly side: Side;
  /** What holds, as a sentence whose subject is the side. */
  readonly rule: string;
  /** Where it comes from: a public source file or specification. */
  readonly source: string;
};

type Standings = 'proved' | Exclude<Standing, { status: 'proved' }>;
type RuleText = readonly [rule: string, source: string];

/** Makes the rules of one area; the area is the first half of their ids. */
export function rulesOf(area: string) {
  const make =
    (side: Side) =>
    (number: number, name: string, [rule, source]: RuleText, standing: Standings) => {
      const stands = standing === 'proved' ? { status: 'proved' as const } : standing;
      return { number, id: `${area}/${name}` as const, side, rule, source, ...stands } satisfies Rule;
    };
  return { host: make('host'), plugin: make('plugin') };
}

export const open = (reason: string) => ({ status: 'open', reason }) as const;
export const differs = (reason: string) => ({ status: 'differs', reason }) as const;
