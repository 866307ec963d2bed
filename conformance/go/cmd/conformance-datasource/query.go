package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"example.com/backplane/conformance/internal/echo"
	"example.com/backplane/conformance/internal/kinds"
)

// query is what this plugin reads of the query JSON.
type query struct {
	Rows    int      `json:"rows"`    // rows per frame
	Cols    int      `json:"cols"`    // fields per frame, as many as kinds when absent
	Kinds   []string `json:"kinds"`   // kinds of the fields in turn, float64 when absent
	Frames  int      `json:"frames"`  // frames per answer, 1 when absent
	Bytes   int      `json:"bytes"`   // size of values, for "huge" and "print"
	Message string   `json:"message"` // text of an error
	Status  int      `json:"status"`  // status of an error
	Source  string   `json:"source"`  // "plugin" or "downstream"
	Code    uint32   `json:"code"`    // gRPC code, for "fail-status"
	DelayMs int      `json:"delayMs"` // for "slow"
	Chunks  int      `json:"chunks"`  // parts of each frame, when asked in chunks
}

var (
	calls     = promauto.NewCounterVec(prometheus.CounterOpts{Name: "conformance_queries_total", Help: "Queries by mode."}, []string{"mode"})
	cancelled atomic.Int64
	expired   atomic.Int64
	written   atomic.Int64
)

func (d *instance) QueryData(ctx context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	res := backend.NewQueryDataResponse()
	for _, q := range req.Queries {
		var own query
		if err := json.Unmarshal(q.JSON, &own); err != nil {
			res.Responses[q.RefID] = backend.ErrDataResponse(backend.StatusBadRequest, "conformance: bad query: "+err.Error())
			continue
		}
		calls.WithLabelValues(q.QueryType).Inc()
		if err := endCall(ctx, q.QueryType, own); err != nil {
			return nil, err
		}
		if q.QueryType != "omit" {
			res.Responses[q.RefID] = d.answer(ctx, req, q, own)
		}
	}
	return res, nil
}

// endCall has the modes that end the whole call, or hold it up.
func endCall(ctx context.Context, mode string, own query) error {
	switch mode {
	case "fail":
		return errors.New(own.Message)
	case "fail-plugin":
		return backend.PluginError(errors.New(own.Message))
	case "fail-downstream":
		return backend.DownstreamError(errors.New(own.Message))
	case "fail-cancelled":
		return context.Canceled
	case "fail-deadline":
		return context.DeadlineExceeded
	case "fail-status":
		return status.Error(codes.Code(own.Code), own.Message)
	case "panic":
		panic("conformance: asked to panic")
	case "exit": // the process goes away in the middle of the call
		os.Exit(3)
	case "print": // more than a pipe holds, to the standard output that the host collects over gRPC
		line := strings.Repeat("x", 1023) + "\n"
		for n := 0; n < own.Bytes; n += len(line) {
			fmt.Print(line)
		}
	case "slow":
		return slow(ctx, millis(own.DelayMs))
	}
	return nil
}

func millis(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func slow(ctx context.Context, delay time.Duration) error {
	select {
	case <-time.After(delay):
		return nil
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			expired.Add(1)
		} else {
			cancelled.Add(1)
		}
		return ctx.Err()
	}
}

func (d *instance) answer(ctx context.Context, req *backend.QueryDataRequest, q backend.DataQuery, own query) backend.DataResponse {
	switch q.QueryType {
	case "table", "slow", "print":
		return tables(own)
	case "huge":
		rows := own.Bytes / 8
		return frames(data.NewFrame("huge", data.NewField("value", nil, make([]float64, rows))))
	case "error":
		return backend.DataResponse{Error: errors.New(own.Message), Status: backend.Status(own.Status), ErrorSource: backend.ErrorSource(own.Source)}
	case "error-with-frames":
		r := tables(own)
		r.Error, r.Status = errors.New(own.Message), backend.Status(own.Status)
		return r
	case "meta":
		return frames(described())
	case "echo":
		return frames(d.received(ctx, req, q))
	case "counters":
		return frames(data.NewFrame("counters", data.NewField("cancelled", nil, []int64{cancelled.Load()}),
			data.NewField("expired", nil, []int64{expired.Load()}), data.NewField("written", nil, []int64{written.Load()})))
	default:
		return backend.ErrDataResponse(backend.StatusBadRequest, fmt.Sprintf("conformance: unknown mode %q", q.QueryType))
	}
}

func tables(own query) backend.DataResponse {
	var all []*data.Frame
	for i := 0; i < max(1, own.Frames); i++ {
		f := data.NewFrame(fmt.Sprintf("table %d", i))
		for c := 0; c < max(own.Cols, len(own.Kinds)); c++ {
			kind := "float64"
			if len(own.Kinds) > 0 {
				kind = own.Kinds[c%len(own.Kinds)]
			}
			f.Fields = append(f.Fields, kinds.Column(kind, c, own.Rows))
		}
		all = append(all, f)
	}
	return frames(all...)
}

// described has names, labels, config and meta.
func described() *data.Frame {
	value := data.NewField("value", data.Labels{"b": "2", "a": "1 <&>"}, []float64{1.5})
	value.Config = &data.FieldConfig{DisplayName: "Shown", Unit: "ms"}
	f := data.NewFrame("described ☃", data.NewField("time", nil, []time.Time{kinds.Epoch.Add(123456789)}), value)
	f.Meta = &data.FrameMeta{Type: data.FrameTypeTimeSeriesMulti, TypeVersion: data.FrameTypeVersion{0, 1},
		ExecutedQueryString: "select 1", Notices: []data.Notice{{Severity: data.NoticeSeverityWarning, Text: "a warning"}}}
	return f
}

// received is everything that arrived, as one JSON text.
func (d *instance) received(ctx context.Context, req *backend.QueryDataRequest, q backend.DataQuery) *data.Frame {
	md, _ := metadata.FromIncomingContext(ctx)
	_, deadline := ctx.Deadline()
	b, err := json.Marshal(map[string]any{
		"headers": req.Headers, "context": echo.Context(req.PluginContext), "query": echo.Query(q), "queries": len(req.Queries),
		"traceparent": len(md.Get("traceparent")), "tenant": md.Get("tenantid"), "deadline": deadline, "instance": d.number,
	})
	if err != nil {
		b = []byte(err.Error())
	}
	return data.NewFrame("received", data.NewField("json", nil, []string{string(b)}))
}

func frames(fs ...*data.Frame) backend.DataResponse { return backend.DataResponse{Frames: fs} }
