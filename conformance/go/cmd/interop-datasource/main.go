// interop-datasource is the genuine server of the interop matrix: small answers, big ones, many streams at once,
// calls that wait to be given up. It is written on the gRPC layer of the SDK, because the matrix is about the wire.
// conformance/fixtures/interop-datasource is the same in TypeScript, on our server and on grpc-js; keep them alike.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

type server struct {
	pluginv2.UnimplementedDiagnosticsServer
	pluginv2.UnimplementedResourceServer
	pluginv2.UnimplementedStreamServer
	givenUp atomic.Int64 // calls that ended before their time

	mu       sync.Mutex
	gathered int
	all      chan struct{} // closed when as many streams are open as the paths ask for
}

// CheckHealth says what arrived beside the message, and how calls have ended so far.
func (s *server) CheckHealth(ctx context.Context, _ *pluginv2.CheckHealthRequest) (*pluginv2.CheckHealthResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	_, hasDeadline := ctx.Deadline()
	details, err := json.Marshal(map[string]any{"givenUp": s.givenUp.Load(), "metadata": strings.Join(md.Get("x-one"), ","),
		"hasDeadline": hasDeadline})
	return &pluginv2.CheckHealthResponse{Status: pluginv2.CheckHealthResponse_OK, Message: "interop: fine", JsonDetails: details}, err
}

// PublishStream echoes, fails, or waits to be given up.
func (s *server) PublishStream(ctx context.Context, req *pluginv2.PublishStreamRequest) (*pluginv2.PublishStreamResponse, error) {
	switch req.Path {
	case "echo":
		return &pluginv2.PublishStreamResponse{Data: req.Data}, nil
	case "fail":
		return nil, status.Error(codes.InvalidArgument, "interop: 100% ü\n☃")
	default:
		<-ctx.Done()
		return nil, s.end(ctx)
	}
}

// RunStream sends packets: ticks/N of them, an endless number, or three once N streams are open (together/N).
func (s *server) RunStream(req *pluginv2.RunStreamRequest, out pluginv2.Stream_RunStreamServer) error {
	kind, text, _ := strings.Cut(req.Path, "/")
	var count int
	_, _ = fmt.Sscan(text, &count)
	if kind == "together" {
		select {
		case <-s.gather(count):
		case <-out.Context().Done():
			return s.end(out.Context())
		}
		count = 3
	}
	padding := strings.Repeat(" ", 1000)
	for i := 0; kind == "endless" || i < count; i++ {
		packet := fmt.Sprintf(`{"n":%d}`, i)
		if kind == "endless" {
			packet += padding
		}
		if out.Context().Err() != nil {
			return s.end(out.Context())
		}
		if err := out.Send(&pluginv2.StreamPacket{Data: []byte(packet)}); err != nil {
			return s.end(out.Context())
		}
	}
	return nil
}

// CallResource sends parts: 20x100000 is twenty of a hundred thousand bytes each.
func (s *server) CallResource(req *pluginv2.CallResourceRequest, out pluginv2.Resource_CallResourceServer) error {
	var count, size int
	if _, err := fmt.Sscanf(req.Path, "%dx%d", &count, &size); err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	body := make([]byte, size)
	for i := range body {
		body[i] = byte(i % 251) // a prime, so that bytes which got out of place are seen
	}
	for i := 0; i < count; i++ {
		if err := out.Send(&pluginv2.CallResourceResponse{Code: 200, Body: body}); err != nil {
			return err
		}
	}
	return nil
}

// end counts a call whose caller has gone. Whether by cancel or deadline is a race between the two sides' clocks.
func (s *server) end(ctx context.Context) error {
	s.givenUp.Add(1)
	return ctx.Err()
}

// gather returns a channel that is closed when count callers have come.
func (s *server) gather(count int) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gathered == 0 {
		s.all = make(chan struct{})
	}
	if s.gathered++; s.gathered == count {
		close(s.all)
		s.gathered = 0
	}
	return s.all
}

func main() {
	s := &server{}
	if err := grpcplugin.Serve(grpcplugin.ServeOpts{DiagnosticsServer: s, ResourceServer: s, StreamServer: s}); err != nil {
		backend.Logger.Error(err.Error())
		os.Exit(1)
	}
}
