import { z } from 'zod';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

const named = z.object({ name: text, url: text, target: text });

const info = z.object({
  description: text,
  author: z
    .object({ name: text, email: text, url: text })
    .nullish()
    .transform((value) => value ?? { name: '', email: '', url: '' }),
  keywords: list(z.string()),
  links: list(named),
  logos: z
    .object({ small: text, large: text })
    .nullish()
    .transform((value) => value ?? { small: '', large: '' }),
  screenshots: list(z.object({ name: text, path: text })),
  updated: text,
  version: text,
});

const dependencies = z.object({
  grafanaDependency: text,
  grafanaVersion: z
    .string()
    .nullish()
    .transform((value) => value ?? '*'),
  plugins: list(z.object({ id: text, type: text, name: text })),
});

const include = z.object({
  type: text,
  name: text,
  uid: text,
  path: text,
  component: text,
  role: text,
  action: text,
  icon: text,
  addToNav: flag,
  defaultNav: flag,
});

const route = z.looseObject({ path: text, method: text, url: text, reqRole: text, reqAction: text });

/**
 * The fields of plugin.json that the host reads. Like Grafana's reader it takes what is absent or null for
 * empty, and refuses a field of the wrong type; unknown fields pass.
 */
export const manifestSchema = z.object({
  id: z.string({ error: (issue) => (issue.input === undefined ? 'is missing' : undefined) }).min(1, 'is empty'),
  aliasIDs: list(z.string()),
  type: z.enum(['app', 'datasource', 'panel'], {
    error: (issue) => `is ${JSON.stringify(issue.input) ?? 'missing'}, but must be "app", "datasource" or "panel"`,
  }),
  name: text,
  backend: flag,
  executable: text,
  autoEnabled: flag,
  category: text,
  state: text,
  info: info.nullish(),
  dependencies: dependencies.nullish(),
  includes: list(include),
  routes: list(route),
});

/** What empty groups look like. */
export const emptyInfo = info.parse({});
export const emptyDependencies = dependencies.parse({});
