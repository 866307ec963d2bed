// conformance-datasource does what its caller asks for: it is the genuine plugin that our host
// is held against. conformance/fixtures/conformance-datasource is the same plugin in TypeScript;
// keep the two alike.
//
//	query.go      modes of a query (its query type is the mode)
//	chunked.go    the same in chunks
//	resources.go  resource routes
//	stream.go     streaming channels
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
)

type settings struct {
	HealthMode   string `json:"healthMode"`
	FailInstance bool   `json:"failInstance"`
}

type instance struct {
	backend.CallResourceHandler
	settings settings
	number   int64 // counts instances, so that a caller sees whether a new one was made
}

var instances int64

func newInstance(_ context.Context, s backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	var own settings
	if len(s.JSONData) > 0 {
		if err := json.Unmarshal(s.JSONData, &own); err != nil {
			return nil, err
		}
	}
	if own.FailInstance {
		return nil, errors.New("conformance: instance refused")
	}
	instances++
	return &instance{CallResourceHandler: newResources(), settings: own, number: instances}, nil
}

func (d *instance) CheckHealth(ctx context.Context, req *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	switch d.settings.HealthMode {
	case "error":
		return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: "conformance: not healthy",
			JSONDetails: []byte(`{"why":"asked to"}`)}, nil
	case "unknown":
		return &backend.CheckHealthResult{Status: backend.HealthStatusUnknown, Message: "conformance: cannot tell"}, nil
	case "details":
		return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: "conformance: fine",
			JSONDetails: []byte(`{"nested":{"list":[1,2.5,null]}}`)}, nil
	case "fail":
		return nil, errors.New("conformance: health call failed")
	case "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	default:
		return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: "conformance: fine"}, nil
	}
}

func main() {
	backend.Logger.Info("conformance: starting", "answer", 42, "snow", "☃")
	if err := datasource.Manage("conformance-datasource", newInstance, datasource.ManageOpts{}); err != nil {
		backend.Logger.Error(err.Error())
		os.Exit(1)
	}
}
