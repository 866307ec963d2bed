import { differs, rulesOf } from './rule.ts';

const { host, plugin } = rulesOf('lifecycle');
const PROCESS = 'grafana pkg/plugins/manager/process/process.go';
const SERVER = 'go-plugin server.go';

/** From start to end of a process. */
export const lifecycleRules = [
  host(88, 'host-restarts', ['sees an exit within a second and starts the plugin again', PROCESS], 'proved'),
  host(
    89,
    'host-unavailable-between',
    ['answers Unavailable between crash and restart', PROCESS],
    differs('calls wait for the restart, up to a limit, instead of failing'),
  ),
  host(90, 'host-keeps-failed-start', ['does not retry a plugin that never started', PROCESS], 'proved'),
  host(91, 'host-stops-for-good', ['does not restart a plugin that is being stopped', PROCESS], 'proved'),
  host(92, 'host-stops-in-parallel', ['stops all plugins at the same time', PROCESS], 'proved'),
  host(
    93,
    'host-sees-exit-behind-pipes',
    ['sees an exit also while a grandchild holds the pipes; go-plugin waits', 'go-plugin client.go'],
    'proved',
  ),
  host(94, 'host-leaves-no-child', ['leaves no process behind when SIGTERM or SIGINT ends it', PROCESS], 'proved'),
  plugin(95, 'plugin-ignores-sigint', ['ignores SIGINT', SERVER], 'proved'),
  plugin(96, 'plugin-exits-on-sigterm', ['exits on SIGTERM', SERVER], 'proved'),
  plugin(97, 'plugin-follows-host', ['ends by itself when its host has died; go-plugin stays', SERVER], 'proved'),
  host(98, 'host-takes-new-binary', ['finds a new socket name and version after a restart', PROCESS], 'proved'),
  host(99, 'host-standalone', ['supports the locator of standalone plugins', 'grafana-plugin-sdk-go internal/standalone'], 'proved'),
];
