import { rulesOf } from './rule.ts';

const { host, plugin } = rulesOf('helpers');
const GRPC_SERVER = 'go-plugin grpc_server.go';
const CLIENT = 'go-plugin client.go';

/** The services that go-plugin adds: health, stdio, broker, controller. */
export const helperRules = [
  plugin(44, 'plugin-health-names', ['is SERVING for the names plugin and empty, NotFound for others', GRPC_SERVER], 'proved'),
  plugin(
    45,
    'plugin-stdio-waits',
    ['holds the stdio stream open and sends nothing until there is output', 'go-plugin grpc_stdio.go'],
    'proved',
  ),
  plugin(
    46,
    'plugin-broker-waits',
    ['holds the broker stream open and ignores what it does not know', 'go-plugin grpc_broker.go'],
    'proved',
  ),
  plugin(47, 'plugin-stops-in-time', ['ends within two seconds of Shutdown, with exit code 0', 'go-plugin grpc_controller.go'], 'proved'),
  plugin(48, 'plugin-answers-shutdown', ['answers Shutdown, or drops the connection', 'go-plugin grpc_controller.go'], 'proved'),
  plugin(49, 'plugin-removes-socket', ['removes its socket file on Shutdown', 'go-plugin server.go'], 'proved'),
  host(
    50,
    'host-reads-stdio',
    ['opens the stdio stream right away and reads it, so that a plugin that prints never blocks', 'go-plugin grpc_stdio.go'],
    'proved',
  ),
  host(
    51,
    'host-tolerates-missing-helpers',
    ['works with plugins that lack stdio, broker, controller and health', 'grafana-plugin-sdk-rust'],
    'proved',
  ),
  host(52, 'host-holds-broker-open', ['opens the broker stream and keeps it', 'go-plugin grpc_client.go'], 'proved'),
  host(53, 'host-ignores-shutdown-result', ['ignores how Shutdown ends, a dropped connection included', CLIENT], 'proved'),
  host(54, 'host-limits-shutdown', ['puts a limit of its own on Shutdown; go-plugin does not', CLIENT], 'proved'),
  host(55, 'host-kills-after-two-seconds', ['kills a process that lives two seconds after Shutdown', CLIENT], 'proved'),
];
