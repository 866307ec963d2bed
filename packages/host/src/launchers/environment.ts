type Variables = Readonly<Record<string, string>>;

/** What the environment of a plugin is made of. */
export interface EnvironmentParts {
  readonly grafanaVersion: string;
  /** Variables that every plugin gets. */
  readonly provided: Variables;
  /** Settings of this plugin, for `GF_PLUGIN_<KEY>`. */
  readonly settings: Variables;
  /** This process's own environment. */
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  /** Hands the whole of `hostEnv` over; it then wins over the provided ones, as in Grafana. */
  readonly forwardHostEnv: boolean;
  /** What the plugin is asked to make do with, for the runtimes of Go and of Node. */
  readonly softMemoryBytes: number | undefined;
  /** Cookie, versions and ports; they win over all. */
  readonly goPlugin: Variables;
}

const proxyNames = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];

/** The environment that a plugin starts with, in Grafana's order: nothing of the host's own unless it is listed here. */
export function pluginEnvironment(parts: EnvironmentParts): Record<string, string> {
  const { hostEnv } = parts;
  const variables = {
    GF_VERSION: parts.grafanaVersion,
    ...parts.provided,
    ...settingVariables(parts.settings, hostEnv),
    ...pick(hostEnv, parts.forwardHostEnv ? Object.keys(hostEnv) : proxyNames),
  };
  return { ...variables, ...memoryVariables(parts.softMemoryBytes, variables), ...parts.goPlugin };
}

/** Who set a limit by hand keeps it: Go's variable wins over ours, and Node takes the last of two flags. */
function memoryVariables(bytes: number | undefined, { GOMEMLIMIT, NODE_OPTIONS }: EnvironmentParts['hostEnv']): Record<string, string> {
  if (bytes === undefined) return {};
  const flag = `--max-old-space-size=${Math.max(1, Math.floor(bytes / 2 ** 20))}`;
  return { GOMEMLIMIT: GOMEMLIMIT ?? String(bytes), NODE_OPTIONS: NODE_OPTIONS === undefined ? flag : `${flag} ${NODE_OPTIONS}` };
}

/** A variable of the host with the same name wins over a setting. */
function settingVariables(settings: Variables, hostEnv: EnvironmentParts['hostEnv']): Record<string, string> {
  const names = Object.keys(settings).filter((key) => !['path', 'id'].includes(key));
  return Object.fromEntries(
    names.map((key) => {
      const name = `GF_PLUGIN_${key.toUpperCase()}`;
      return [name, hostEnv[name] ?? settings[key] ?? ''];
    }),
  );
}

function pick(variables: EnvironmentParts['hostEnv'], names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (variables[name] === undefined ? [] : [[name, variables[name]]])));
}
