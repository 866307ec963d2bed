// hostprobe is a genuine plugin host, driven from outside: hashicorp/go-plugin's client,
// configured as Grafana configures it (pkg/plugins/backendplugin/grpcplugin/client.go), reads
// commands as JSON lines on stdin and answers each with one JSON line on stdout.
//
//	usage: hostprobe [flags] EXECUTABLE [ARGUMENT...]
//
//	calls.go    one function per command
//	convert.go  requests from JSON, results and errors to JSON, frames decoded by the SDK
//	load.go     load for the benchmark
//	log.go      what the plugin logged, as the host understood it
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/hashicorp/go-plugin"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
)

// environment collects repeated -env NAME=VALUE flags.
type environment []string

func (e *environment) String() string     { return strings.Join(*e, " ") }
func (e *environment) Set(v string) error { *e = append(*e, v); return nil }

type options struct {
	autoMTLS, mux, skipHostEnv, stats bool
	startTimeout                      time.Duration
	env                               environment
}

type probe struct {
	client  *plugin.Client
	cmd     *exec.Cmd
	pid     int
	logs    *logSink
	conn    *grpc.ClientConn
	clients clients
}

type clients struct {
	diagnostics grpcplugin.DiagnosticsClient
	resource    grpcplugin.ResourceClient
	data        grpcplugin.DataClient
	stream      grpcplugin.StreamClient
	conversion  grpcplugin.ConversionClient
	admission   grpcplugin.AdmissionClient
}

func main() {
	var o options
	flag.BoolVar(&o.autoMTLS, "mtls", false, "AutoMTLS; Grafana leaves it off")
	flag.BoolVar(&o.mux, "mux", false, "GRPCBrokerMultiplex; Grafana leaves it off")
	flag.BoolVar(&o.skipHostEnv, "skip-host-env", false, "do not pass this process's environment")
	flag.BoolVar(&o.stats, "stats", true, "the OpenTelemetry stats handler, as Grafana")
	flag.DurationVar(&o.startTimeout, "start-timeout", 0, "how long to wait for the handshake; go-plugin's default when 0, as Grafana")
	flag.Var(&o.env, "env", "NAME=VALUE for the plugin; may be repeated")
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	p, err := start(o, flag.Args())
	if err != nil {
		print(map[string]any{"ready": false, "error": err.Error(), "logs": p.logs.entries()})
		p.client.Kill()
		os.Exit(1)
	}
	print(map[string]any{"ready": true, "pid": os.Getpid(), "plugin": p.pid, "address": p.client.ReattachConfig().Addr.String()})
	p.serve()
	p.client.Kill()
}

// start launches the plugin and makes the clients, in the order of Grafana's newClientV2.
func start(o options, argv []string) (*probe, error) {
	p := &probe{cmd: exec.Command(argv[0], argv[1:]...), logs: newLogSink()}
	p.cmd.Env = o.env
	config := &plugin.ClientConfig{
		Cmd: p.cmd,
		HandshakeConfig: plugin.HandshakeConfig{ProtocolVersion: grpcplugin.ProtocolVersion,
			MagicCookieKey: grpcplugin.MagicCookieKey, MagicCookieValue: grpcplugin.MagicCookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{grpcplugin.ProtocolVersion: {
			"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{}, "resource": &grpcplugin.ResourceGRPCPlugin{},
			"data": &grpcplugin.DataGRPCPlugin{}, "stream": &grpcplugin.StreamGRPCPlugin{},
			"admission": &grpcplugin.AdmissionGRPCPlugin{}, "conversion": &grpcplugin.ConversionGRPCPlugin{},
			"connection": &connection{},
		}},
		SkipHostEnv:         o.skipHostEnv,
		Logger:              p.logs.logger,
		AllowedProtocols:    []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:            o.autoMTLS,
		GRPCBrokerMultiplex: o.mux,
		StartTimeout:        o.startTimeout,
	}
	if o.stats {
		config.GRPCDialOptions = []grpc.DialOption{grpc.WithStatsHandler(otelgrpc.NewClientHandler())}
	}
	p.client = plugin.NewClient(config)
	rpc, err := p.client.Client()
	if err != nil {
		return p, err
	}
	if v := p.client.NegotiatedVersion(); v < 2 {
		return p, fmt.Errorf("plugin protocol version not supported")
	}
	p.pid, _ = strconv.Atoi(p.client.ID())
	return p, p.dispense(rpc)
}

func (p *probe) dispense(rpc plugin.ClientProtocol) error {
	targets := map[string]func(any){
		"diagnostics": func(v any) { p.clients.diagnostics = v.(grpcplugin.DiagnosticsClient) },
		"resource":    func(v any) { p.clients.resource = v.(grpcplugin.ResourceClient) },
		"data":        func(v any) { p.clients.data = v.(grpcplugin.DataClient) },
		"stream":      func(v any) { p.clients.stream = v.(grpcplugin.StreamClient) },
		"conversion":  func(v any) { p.clients.conversion = v.(grpcplugin.ConversionClient) },
		"admission":   func(v any) { p.clients.admission = v.(grpcplugin.AdmissionClient) },
		"connection":  func(v any) { p.conn = v.(*grpc.ClientConn) },
	}
	for name, set := range targets {
		v, err := rpc.Dispense(name)
		if err != nil {
			return err
		}
		set(v)
	}
	return nil
}

// connection dispenses the bare connection, for calls that no client knows.
type connection struct {
	plugin.NetRPCUnsupportedPlugin
	plugin.GRPCPlugin
}

func (*connection) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return nil }

func (*connection) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return c, nil
}

// serve answers commands one at a time until stdin ends.
func (p *probe) serve() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var c command
		if err := json.Unmarshal(line, &c); err != nil {
			print(map[string]any{"badCommand": err.Error()})
			continue
		}
		print(p.run(c))
	}
}

func print(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		b, _ = json.Marshal(map[string]any{"badAnswer": err.Error()})
	}
	_, _ = os.Stdout.Write(append(b, '\n'))
}
