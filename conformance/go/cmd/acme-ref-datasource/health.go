package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"example.com/backplane/conformance/internal/echo"
)

func (d *instance) CheckHealth(_ context.Context, req *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	ok := backend.HealthStatusOk
	switch d.settings.HealthMode {
	case "error":
		return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: "acme: not healthy"}, nil
	case "error-details":
		return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: "acme: not healthy",
			JSONDetails: []byte(`{"verboseMessage":"acme: the long story","code":7}`)}, nil
	case "unknown":
		return &backend.CheckHealthResult{Status: backend.HealthStatusUnknown, Message: "acme: cannot tell"}, nil
	case "details":
		return &backend.CheckHealthResult{Status: ok, Message: "acme: fine",
			JSONDetails: []byte(`{"b":[1,2.50,null],"a":{"nested":true}}`)}, nil
	case "bad-details":
		return &backend.CheckHealthResult{Status: ok, Message: "acme: fine", JSONDetails: []byte(`not json`)}, nil
	case "empty":
		return &backend.CheckHealthResult{Status: ok}, nil
	case "echo":
		details, err := json.Marshal(map[string]any{"headers": req.Headers, "context": echo.Context(req.PluginContext)})
		return &backend.CheckHealthResult{Status: ok, Message: "acme: echo", JSONDetails: details}, err
	case "fail":
		return nil, errors.New("acme: health call failed")
	case "fail-downstream":
		return nil, backend.DownstreamError(errDownstream)
	case "panic":
		panic("acme: asked to panic")
	default:
		return &backend.CheckHealthResult{Status: ok, Message: "acme: fine"}, nil
	}
}
