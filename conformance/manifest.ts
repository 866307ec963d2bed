import { callRules } from './rules/calls.ts';
import { handshakeRules } from './rules/handshake.ts';
import { helperRules } from './rules/helpers.ts';
import { lifecycleRules } from './rules/lifecycle.ts';
import { loggingRules } from './rules/logging.ts';
import type { Rule } from './rules/rule.ts';
import { tlsRules } from './rules/tls.ts';
import { transportRules } from './rules/transport.ts';
import { dataSourceStatements } from './statements/data-sources.ts';
import { httpBoundaryStatements, queryServiceStatements } from './statements/http-boundary.ts';
import { middlewareStatements } from './statements/middleware.ts';
import { pluginManagerStatements } from './statements/plugin-manager.ts';
import type { Statement } from './statements/statement.ts';

/** Everything that a genuine counterpart relies on, in order. A test cites an id as `[handshake/host-sets-cookie]` in its name. */
export const manifest: readonly Rule[] = [
  ...handshakeRules,
  ...tlsRules,
  ...helperRules,
  ...transportRules,
  ...loggingRules,
  ...lifecycleRules,
  ...callRules,
];

/** What Grafana's own tests say of its server, as far as it holds here. A test cites an id as `[D7]` in its name. */
export const statements: readonly Statement[] = [
  ...httpBoundaryStatements,
  ...queryServiceStatements,
  ...middlewareStatements,
  ...pluginManagerStatements,
  ...dataSourceStatements,
];
