// bench-whole-datasource is a whole data source on the SDK, as authors write them: instances, the JSON of the query
// parsed, a frame built and encoded for each answer. conformance/fixtures/bench-whole-datasource is the same on
// our SDK; keep the two alike. The query type is the number of rows; the path of a stream is the count of its packets
// and their rows, 1000x42.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

type settings struct {
	Station string `json:"station"`
}

type instance struct{ settings settings }

func newInstance(_ context.Context, s backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	own := settings{Station: "main"}
	if len(s.JSONData) > 0 {
		if err := json.Unmarshal(s.JSONData, &own); err != nil {
			return nil, err
		}
	}
	return &instance{settings: own}, nil
}

type model struct {
	Text string `json:"text"`
}

func (d *instance) QueryData(_ context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	res := backend.NewQueryDataResponse()
	for _, q := range req.Queries {
		res.Responses[q.RefID] = d.answer(q)
	}
	return res, nil
}

func (d *instance) answer(q backend.DataQuery) backend.DataResponse {
	var m model
	if err := json.Unmarshal(q.JSON, &m); err != nil {
		return backend.ErrDataResponse(backend.StatusBadRequest, err.Error())
	}
	rows, err := strconv.Atoi(q.QueryType)
	if err != nil || m.Text == "" {
		return backend.ErrDataResponse(backend.StatusBadRequest, "no rows or no text")
	}
	return backend.DataResponse{Frames: data.Frames{d.frame(rows, q.TimeRange.From)}}
}

// frame has a time and a value column, with labels and a unit.
func (d *instance) frame(rows int, from time.Time) *data.Frame {
	times, values := make([]time.Time, rows), make([]float64, rows)
	for i := range times {
		times[i] = from.Add(time.Duration(i) * time.Second)
		values[i] = float64(i) + 0.25
	}
	value := data.NewField("Value", data.Labels{"station": d.settings.Station}, values)
	value.SetConfig(&data.FieldConfig{Unit: "celsius"})
	return data.NewFrame("", data.NewField("Time", nil, times), value)
}

func (d *instance) SubscribeStream(context.Context, *backend.SubscribeStreamRequest) (*backend.SubscribeStreamResponse, error) {
	return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusOK}, nil
}

func (d *instance) PublishStream(context.Context, *backend.PublishStreamRequest) (*backend.PublishStreamResponse, error) {
	return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusPermissionDenied}, nil
}

// RunStream sends frames; after the first their data alone, as our SDK does.
func (d *instance) RunStream(_ context.Context, req *backend.RunStreamRequest, sender *backend.StreamSender) error {
	var count, rows int
	if _, err := fmt.Sscanf(req.Path, "%dx%d", &count, &rows); err != nil {
		return err
	}
	from := time.UnixMilli(1_700_000_000_000)
	for i := 0; i < count; i++ {
		include := data.IncludeDataOnly
		if i == 0 {
			include = data.IncludeAll
		}
		if err := sender.SendFrame(d.frame(rows, from.Add(time.Duration(i)*time.Second)), include); err != nil {
			return err
		}
	}
	return nil
}

func (d *instance) CheckHealth(context.Context, *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: d.settings.Station}, nil
}

func main() {
	if err := datasource.Manage("bench-whole-datasource", newInstance, datasource.ManageOpts{}); err != nil {
		backend.Logger.Error(err.Error())
		os.Exit(1)
	}
}
