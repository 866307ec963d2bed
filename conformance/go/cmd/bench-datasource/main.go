// bench-datasource answers queries with frames that were encoded beforehand, and streams with one packet
// again and again. It is written on the gRPC layer of the SDK, so that a benchmark of two hosts does not mostly
// measure the plugin encoding frames. The query type is the size of the frame's values in bytes, or rows:N for a table of
// times and values; the path of a
// stream is the count of its packets and their size, 1000x1024. bench/wire/plugin.ts is the same in TypeScript.
package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

type server struct {
	pluginv2.UnimplementedDataServer
	pluginv2.UnimplementedStreamServer
	frames sync.Map // size of the values in bytes -> Arrow
}

// QueryData answers every query with one frame of one float64 field.
func (s *server) QueryData(_ context.Context, req *pluginv2.QueryDataRequest) (*pluginv2.QueryDataResponse, error) {
	res := &pluginv2.QueryDataResponse{Responses: map[string]*pluginv2.DataResponse{}}
	for _, q := range req.Queries {
		arrow, err := s.arrow(q.QueryType)
		if err != nil {
			return nil, err
		}
		res.Responses[q.RefId] = &pluginv2.DataResponse{Frames: [][]byte{arrow}, Status: 200}
	}
	return res, nil
}

func (s *server) arrow(size string) ([]byte, error) {
	if known, ok := s.frames.Load(size); ok {
		return known.([]byte), nil
	}
	if rows, isTable := strings.CutPrefix(size, "rows:"); isTable {
		return s.table(size, rows)
	}
	bytes, err := strconv.Atoi(size)
	if err != nil {
		return nil, err
	}
	values := make([]float64, bytes/8)
	for i := range values {
		values[i] = float64(i) + 0.25
	}
	arrow, err := data.NewFrame("bench", data.NewField("value", nil, values)).MarshalArrow()
	if err == nil {
		s.frames.Store(size, arrow)
	}
	return arrow, err
}

// table has a time and a value of all digits in each row.
func (s *server) table(name, text string) ([]byte, error) {
	rows, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	times, values := make([]time.Time, rows), make([]float64, rows)
	for i := range values {
		times[i] = time.UnixMilli(1704067200000 + int64(i)*1000).UTC()
		values[i] = 100 * math.Sin(float64(i)/100)
	}
	arrow, err := data.NewFrame("bench", data.NewField("time", nil, times), data.NewField("value", nil, values)).MarshalArrow()
	if err == nil {
		s.frames.Store(name, arrow)
	}
	return arrow, err
}

// RunStream sends the packets that its path asks for.
func (s *server) RunStream(req *pluginv2.RunStreamRequest, out pluginv2.Stream_RunStreamServer) error {
	var count, size int
	if _, err := fmt.Sscanf(req.Path, "%dx%d", &count, &size); err != nil {
		return err
	}
	packet := &pluginv2.StreamPacket{Data: []byte(`"` + strings.Repeat("p", size-2) + `"`)}
	for i := 0; i < count; i++ {
		if err := out.Send(packet); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	s := &server{}
	if err := grpcplugin.Serve(grpcplugin.ServeOpts{DataServer: s, StreamServer: s}); err != nil {
		backend.Logger.Error(err.Error())
		os.Exit(1)
	}
}
