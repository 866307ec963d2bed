package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"example.com/backplane/conformance/internal/kinds"
)

const tickEvery = 100 * time.Millisecond

// SubscribeStream decides by the path:
//
//	tick           a frame every 100 ms, schema first
//	tick-plain     the same, without initial data
//	tick-all       every frame with its schema
//	json           raw JSON packets instead of frames
//	ends           three frames, then the run ends without an error
//	fails          two frames, then the run ends with an error
//	quiet          accepted, never sends
//	publish        accepts what clients publish and passes it on
//	deny/notfound  refused
//	error          the subscribe call itself fails
func (d *instance) SubscribeStream(_ context.Context, req *backend.SubscribeStreamRequest) (*backend.SubscribeStreamResponse, error) {
	switch req.Path {
	case "deny":
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusPermissionDenied}, nil
	case "error":
		return nil, errors.New("acme: subscribe failed")
	case "tick-plain", "tick-all", "json", "ends", "fails", "quiet", "publish", "publish-deny", "publish-notfound", "publish-error":
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusOK}, nil
	case "tick", "tick/deep/path":
		initial, err := backend.NewInitialFrame(tickFrame(0, 0), data.IncludeSchemaOnly)
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusOK, InitialData: initial}, err
	case "initial-all":
		initial, err := backend.NewInitialFrame(tickFrame(7, 1), data.IncludeAll)
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusOK, InitialData: initial}, err
	case "initial-json":
		initial, err := backend.NewInitialData(json.RawMessage(`{"hello":"acme"}`))
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusOK, InitialData: initial}, err
	default:
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusNotFound}, nil
	}
}

func (d *instance) PublishStream(_ context.Context, req *backend.PublishStreamRequest) (*backend.PublishStreamResponse, error) {
	switch req.Path {
	case "publish":
		return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusOK, Data: req.Data}, nil
	case "publish-changed":
		return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusOK,
			Data: json.RawMessage(fmt.Sprintf(`{"was":%s}`, req.Data))}, nil
	case "publish-error":
		return nil, errors.New("acme: publish failed")
	case "publish-notfound":
		return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusNotFound}, nil
	default:
		return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusPermissionDenied}, nil
	}
}

func (d *instance) RunStream(ctx context.Context, req *backend.RunStreamRequest, out *backend.StreamSender) error {
	include := data.IncludeDataOnly
	if req.Path == "tick-all" {
		include = data.IncludeAll
	}
	clock := time.NewTicker(tickEvery)
	defer clock.Stop()
	for i := int64(0); ; i++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-clock.C:
		}
		switch {
		case req.Path == "quiet" || req.Path == "publish":
			continue
		case req.Path == "ends" && i >= 3:
			return nil
		case req.Path == "fails" && i >= 2:
			return errors.New("acme: stream broke")
		}
		var err error
		if req.Path == "json" {
			err = out.SendJSON([]byte(fmt.Sprintf(`{"n":%d}`, i)))
		} else {
			err = out.SendFrame(tickFrame(i, 1), include)
		}
		if err != nil {
			return err
		}
	}
}

// tickFrame holds rows rows that start at the number n; its times are made up, so
// that the same packet always has the same bytes.
func tickFrame(n int64, rows int) *data.Frame {
	times, values := make([]time.Time, rows), make([]float64, rows)
	for i := range values {
		times[i] = kinds.Epoch.Add(time.Duration(n+int64(i)) * time.Second)
		values[i] = float64(n) + float64(i)/2
	}
	return data.NewFrame("tick", data.NewField("time", nil, times), data.NewField("value", data.Labels{"path": "tick"}, values))
}
