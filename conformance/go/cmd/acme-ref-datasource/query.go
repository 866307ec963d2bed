package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"example.com/backplane/conformance/internal/echo"
)

var (
	errInstance   = errors.New("acme: instance refused by jsonData.failInstance")
	errDownstream = errors.New("acme: upstream said no")
)

// query is the part of the query JSON that this plugin reads.
type query struct {
	Mode    string      `json:"mode"`    // which behaviour, see answer
	Rows    int         `json:"rows"`    // rows per frame, 3 when absent
	Cols    int         `json:"cols"`    // value fields per frame, 1 when absent
	Kinds   []string    `json:"kinds"`   // kinds of the value fields in turn, float64 when absent
	Frames  int         `json:"frames"`  // number of frames, for mode "frames"
	Values  []*float64  `json:"values"`  // explicit values, for "series" and "number"
	Labels  data.Labels `json:"labels"`  // labels of the value field, for "series" and "number"
	Message string      `json:"message"` // text of an error
	Status  int         `json:"status"`  // status of an error
	Source  string      `json:"source"`  // "plugin" or "downstream"
	DelayMs int         `json:"delayMs"` // pause before answering
	Channel string      `json:"channel"` // path of the channel, for mode "stream"
}

func (d *instance) QueryData(ctx context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	res := backend.NewQueryDataResponse()
	for _, q := range req.Queries {
		var own query
		if err := json.Unmarshal(q.JSON, &own); err != nil {
			res.Responses[q.RefID] = backend.ErrDataResponse(backend.StatusBadRequest, "acme: bad query: "+err.Error())
			continue
		}
		if err := pause(ctx, own.DelayMs); err != nil {
			return nil, err
		}
		// Modes that end the whole call come first, the others answer one query.
		switch own.Mode {
		case "fail":
			return nil, errors.New("acme: " + own.Message)
		case "fail-downstream":
			return nil, backend.DownstreamError(fmt.Errorf("acme: %s: %w", own.Message, errDownstream))
		case "fail-canceled":
			return nil, context.Canceled
		case "fail-deadline":
			return nil, context.DeadlineExceeded
		case "panic":
			panic("acme: asked to panic")
		case "exit": // the process goes away in the middle of the call
			os.Exit(3)
		case "nil":
			return nil, nil
		case "omit": // no entry for this refId
			continue
		case "other-ref": // an entry for a refId nobody asked for
			res.Responses["other"] = backend.DataResponse{Frames: data.Frames{table(q, own)}}
			continue
		}
		res.Responses[q.RefID] = answer(req, q, own)
	}
	return res, nil
}

func answer(req *backend.QueryDataRequest, q backend.DataQuery, own query) backend.DataResponse {
	switch own.Mode {
	case "", "table":
		return frames(table(q, own))
	case "kinds":
		return frames(allKinds(q.RefID))
	case "extremes":
		return frames(extremes(q.RefID))
	case "series":
		return frames(series(q, own))
	case "number":
		return frames(number(q, own))
	case "wide":
		return frames(wide(q))
	case "long":
		return frames(long(q))
	case "multi":
		return frames(multi(q)...)
	case "numeric-long":
		return frames(numericLong(q))
	case "logs":
		return frames(logLines(q))
	case "meta":
		return frames(withMeta(q))
	case "config":
		return frames(withConfig(q))
	case "frames":
		return frames(several(q, own)...)
	case "empty-frame":
		return frames(data.NewFrame("empty"))
	case "zero-rows":
		own.Rows = -1
		return frames(table(q, own))
	case "no-frames":
		return backend.DataResponse{Frames: data.Frames{}}
	case "nothing":
		return backend.DataResponse{}
	case "uneven": // fields of different lengths cannot be encoded
		return frames(data.NewFrame("uneven",
			data.NewField("a", nil, []int64{1, 2}), data.NewField("b", nil, []int64{1})))
	case "stream":
		return frames(streaming(req, q, own))
	case "error":
		return failure(own)
	case "error-with-frames":
		r := failure(own)
		r.Frames = data.Frames{table(q, own)}
		return r
	case "status-only": // a status without an error
		r := frames(table(q, own))
		r.Status = backend.Status(own.Status)
		return r
	case "error-plain": // an error without a status
		return backend.DataResponse{Error: errors.New("acme: " + own.Message)}
	case "error-downstream":
		return backend.DataResponse{Error: backend.DownstreamError(errDownstream)}
	case "echo":
		return frames(echoFrame(req, q))
	case "echo-number":
		return frames(echoNumber(req, q))
	default:
		return backend.ErrDataResponse(backend.StatusBadRequest, fmt.Sprintf("acme: unknown mode %q", own.Mode))
	}
}

func failure(own query) backend.DataResponse {
	return backend.DataResponse{
		Error:       errors.New("acme: " + own.Message),
		Status:      backend.Status(own.Status),
		ErrorSource: backend.ErrorSource(own.Source),
	}
}

// echoFrame carries everything that arrived, as one JSON string.
func echoFrame(req *backend.QueryDataRequest, q backend.DataQuery) *data.Frame {
	b, err := json.Marshal(map[string]any{
		"headers": req.Headers, "context": echo.Context(req.PluginContext),
		"query": echo.Query(q), "queries": len(req.Queries), "format": req.Format,
	})
	if err != nil {
		b = []byte(err.Error())
	}
	f := data.NewFrame("echo", data.NewField("json", nil, []string{string(b)}))
	f.RefID = q.RefID
	return f
}

// echoNumber is the number 1 with a label that carries everything that arrived:
// expressions and alert rules take numbers and keep their labels.
func echoNumber(req *backend.QueryDataRequest, q backend.DataQuery) *data.Frame {
	text, _ := echoFrame(req, q).Fields[0].ConcreteAt(0)
	f := data.NewFrame("echo", data.NewField("value", data.Labels{"received": text.(string)}, []float64{1}))
	f.RefID = q.RefID
	f.Meta = &data.FrameMeta{Type: data.FrameTypeNumericWide, TypeVersion: data.FrameTypeVersion{0, 1}}
	return f
}

func frames(fs ...*data.Frame) backend.DataResponse {
	return backend.DataResponse{Frames: fs}
}

func pause(ctx context.Context, ms int) error {
	if ms <= 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(ms) * time.Millisecond):
		return nil
	}
}
