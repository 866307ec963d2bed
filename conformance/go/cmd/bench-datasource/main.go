// bench-datasource answers queries with frames that were encoded when it started. It is written
// on the gRPC layer of the SDK, so that a benchmark of two hosts does not mostly measure the
// plugin encoding frames. The query type is the size of the frame's values in bytes.
package main

import (
	"context"
	"os"
	"strconv"
	"sync"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

type server struct {
	pluginv2.UnimplementedDataServer
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

func main() {
	if err := grpcplugin.Serve(grpcplugin.ServeOpts{DataServer: &server{}}); err != nil {
		backend.Logger.Error(err.Error())
		os.Exit(1)
	}
}
