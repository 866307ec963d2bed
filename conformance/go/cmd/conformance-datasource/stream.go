package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// SubscribeStream decides by the first part of the path: ticks/N, fails/N and endless are there, deny is refused.
func (d *instance) SubscribeStream(_ context.Context, req *backend.SubscribeStreamRequest) (*backend.SubscribeStreamResponse, error) {
	switch kind(req.Path) {
	case "ticks", "fails", "endless":
		initial, err := backend.NewInitialData(json.RawMessage(`{"hello":"conformance"}`))
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusOK, InitialData: initial}, err
	case "deny":
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusPermissionDenied}, nil
	case "error":
		return nil, errors.New("conformance: subscribe failed")
	default:
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusNotFound}, nil
	}
}

// PublishStream takes what is published below ticks and passes it on.
func (d *instance) PublishStream(_ context.Context, req *backend.PublishStreamRequest) (*backend.PublishStreamResponse, error) {
	if kind(req.Path) != "ticks" {
		return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusPermissionDenied}, nil
	}
	return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusOK, Data: req.Data}, nil
}

// RunStream sends N packets and ends, without an error (ticks/N) or with one (fails/N).
func (d *instance) RunStream(ctx context.Context, req *backend.RunStreamRequest, out *backend.StreamSender) error {
	_, count, _ := strings.Cut(req.Path, "/")
	for i := 0; kind(req.Path) == "endless" || i < number(count); i++ {
		err := ctx.Err()
		if err == nil {
			err = out.SendJSON([]byte(fmt.Sprintf(`{"n":%d}`, i)))
		}
		if err != nil {
			cancelled.Add(1)
			return err
		}
	}
	if kind(req.Path) == "fails" {
		return errors.New("conformance: stream broke")
	}
	return nil
}

func kind(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}
