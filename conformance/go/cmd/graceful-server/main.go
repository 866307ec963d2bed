// graceful-server is a server of grpc-go that stops gracefully when it is told to. Plugins on the SDK never do: they drop
// the connection, so that nobody sees their GOAWAY.
//
// graceful-server SOCKET prints "listening" and reads lines: "stop" begins to stop, "finish" lets streams send their last
// packet. Once it has stopped it prints how many calls its handlers have ended. It ends with its input.
package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"sync/atomic"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"google.golang.org/grpc"
)

type server struct {
	pluginv2.UnimplementedStreamServer
	finish chan struct{}
	ended  atomic.Int64
}

// PublishStream echoes.
func (s *server) PublishStream(_ context.Context, req *pluginv2.PublishStreamRequest) (*pluginv2.PublishStreamResponse, error) {
	s.ended.Add(1)
	return &pluginv2.PublishStreamResponse{Data: req.Data}, nil
}

// RunStream sends a packet, waits until it may finish, and sends another.
func (s *server) RunStream(_ *pluginv2.RunStreamRequest, out pluginv2.Stream_RunStreamServer) error {
	if err := out.Send(&pluginv2.StreamPacket{Data: []byte(`"first"`)}); err != nil {
		return err
	}
	select {
	case <-s.finish:
	case <-out.Context().Done():
		return out.Context().Err()
	}
	s.ended.Add(1)
	return out.Send(&pluginv2.StreamPacket{Data: []byte(`"last"`)})
}

func main() {
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s := &server{finish: make(chan struct{})}
	served := grpc.NewServer()
	pluginv2.RegisterStreamServer(served, s)
	go func() { _ = served.Serve(listener) }()
	fmt.Println("listening")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		switch lines.Text() {
		case "stop":
			go func() {
				served.GracefulStop()
				fmt.Println(s.ended.Load())
			}()
		case "finish":
			close(s.finish)
		}
	}
}
