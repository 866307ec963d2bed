import type { PluginRoute } from '@backplane/host';
import { z } from 'zod';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const pairs = z
  .array(z.object({ name: text, content: text }))
  .nullish()
  .transform((value) => value ?? []);
const tokenAuth = z
  .object({
    url: text,
    scopes: z
      .array(z.string())
      .nullish()
      .transform((value) => value ?? []),
    params: z
      .record(z.string(), z.string())
      .nullish()
      .transform((value) => value ?? {}),
  })
  .nullish()
  .transform((value) => value ?? undefined);

const shape = z.looseObject({ headers: pairs, urlParams: pairs, authType: text, tokenAuth, jwtTokenAuth: tokenAuth });

/** How a route gets its token. */
export type TokenAuth = NonNullable<z.infer<typeof tokenAuth>>;

/** A row of `routes` in plugin.json. */
export interface RouteSettings {
  readonly path: string;
  /** Empty or `*` for any. */
  readonly method: string;
  readonly url: string;
  readonly reqRole: string;
  readonly reqAction: string;
  readonly headers: readonly { readonly name: string; readonly content: string }[];
  readonly urlParams: readonly { readonly name: string; readonly content: string }[];
  readonly authType: string;
  readonly tokenAuth: TokenAuth | undefined;
  readonly jwtTokenAuth: TokenAuth | undefined;
  /** A template of JSON, as it is written in plugin.json. */
  readonly body: string | undefined;
}

/**
 * Reads a route. Of a field that has the wrong shape, none is taken: the manifest was accepted, and one bad route must
 * not close the others.
 */
export function readRoute({ path, method, url, reqRole, reqAction, raw }: PluginRoute, body: string | undefined): RouteSettings {
  const { data = { headers: [], urlParams: [], authType: '', tokenAuth: undefined, jwtTokenAuth: undefined } } = shape.safeParse(raw);
  const { headers, urlParams, authType, tokenAuth: token, jwtTokenAuth: jwt } = data;
  return { path, method, url, reqRole, reqAction, headers, urlParams, authType, tokenAuth: token, jwtTokenAuth: jwt, body };
}
