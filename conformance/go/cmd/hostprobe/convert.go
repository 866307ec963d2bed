package main

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
)

// command is one line of stdin. README.md lists which fields each op reads.
type command struct {
	Op            string                   `json:"op"`
	Context       *pluginContext           `json:"context"`
	Headers       map[string]string        `json:"headers"`
	Metadata      map[string]string        `json:"metadata"`
	TimeoutMs     int                      `json:"timeoutMs"`
	CancelAfterMs int                      `json:"cancelAfterMs"`
	Queries       []query                  `json:"queries"`
	Format        pluginv2.DataFrameFormat `json:"format"`
	Path          string                   `json:"path"`
	Method        string                   `json:"method"`
	URL           string                   `json:"url"`
	HTTPHeaders   map[string][]string      `json:"httpHeaders"`
	Body          string                   `json:"body"`
	BodyBytes     int                      `json:"bodyBytes"` // a body of that many letters instead of Body
	Data          string                   `json:"data"`
	Max           int                      `json:"max"`      // packets or parts to read before cancelling
	Count         int                      `json:"count"`    // for "many"
	InFlight      int                      `json:"inFlight"` // for "many": calls at a time, all when 0
	Call          *command                 `json:"call"`     // for "many"
	Load          load                     `json:"load"`
	Operation     int                      `json:"operation"` // for "validate" and "mutate": create, update, delete
	Kind          string                   `json:"kind"`
	Object        string                   `json:"object"`
	OldObject     string                   `json:"oldObject"`
	Objects       []object                 `json:"objects"` // for "convert"
}

type object struct {
	Raw         string `json:"raw"`
	ContentType string `json:"contentType"`
}

type query struct {
	RefID         string         `json:"refId"`
	QueryType     string         `json:"queryType"`
	Model         map[string]any `json:"model"`
	MaxDataPoints string         `json:"maxDataPoints"` // text, because a JSON number loses digits
}

type pluginContext struct {
	OrgID      int64             `json:"orgId"`
	PluginID   string            `json:"pluginId"`
	JSONData   map[string]any    `json:"jsonData"`
	Secure     map[string]string `json:"secure"`
	UpdatedMs  int64             `json:"updatedMs"`
	UID        string            `json:"uid"`
	Login      string            `json:"login"` // no user when empty
	NoSettings bool              `json:"noSettings"`
}

func (c *pluginContext) proto() *pluginv2.PluginContext {
	if c == nil {
		c = &pluginContext{OrgID: 1, UID: "conformance", UpdatedMs: 1_700_000_000_000}
	}
	out := &pluginv2.PluginContext{OrgId: c.OrgID, PluginId: "conformance-datasource", PluginVersion: "1.0.0",
		GrafanaConfig: map[string]string{"GF_SQL_ROW_LIMIT": "1000000"}, UserAgent: "Grafana/12.4.0 (linux; amd64)"}
	if c.Login != "" {
		out.User = &pluginv2.User{Login: c.Login, Name: c.Login, Email: c.Login + "@localhost", Role: "Editor"}
	}
	if c.NoSettings {
		return out
	}
	settings := &pluginv2.DataSourceInstanceSettings{Id: 1, Uid: c.UID, Name: "Conformance", Url: "http://localhost",
		DecryptedSecureJsonData: c.Secure, LastUpdatedMS: c.UpdatedMs}
	if c.JSONData != nil {
		settings.JsonData, _ = json.Marshal(c.JSONData)
	}
	out.DataSourceInstanceSettings = settings
	return out
}

func queries(all []query) []*pluginv2.DataQuery {
	out := make([]*pluginv2.DataQuery, len(all))
	for i, q := range all {
		model := map[string]any{"refId": q.RefID, "queryType": q.QueryType}
		for k, v := range q.Model {
			model[k] = v
		}
		text, _ := json.Marshal(model)
		points := int64(1000)
		if q.MaxDataPoints != "" {
			_, _ = fmt.Sscan(q.MaxDataPoints, &points)
		}
		out[i] = &pluginv2.DataQuery{RefId: q.RefID, QueryType: q.QueryType, MaxDataPoints: points, IntervalMS: 60_000, Json: text,
			TimeRange: &pluginv2.TimeRange{FromEpochMS: 1_704_067_200_000, ToEpochMS: 1_704_070_800_000}}
	}
	return out
}

func failure(err error) map[string]any {
	s := status.Convert(err)
	out := map[string]any{"code": s.Code().String(), "message": s.Message()}
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			out["errorSource"] = info.Metadata["errorSource"]
		}
	}
	return map[string]any{"error": out}
}

func dataResponse(r *pluginv2.DataResponse) map[string]any {
	out := map[string]any{"status": r.Status, "error": r.Error, "errorSource": r.ErrorSource, "format": r.Format.String()}
	frames, size := []any{}, 0
	for _, b := range r.Frames {
		size += len(b)
		f, err := frame(r.Format, b)
		if err != nil {
			frames = append(frames, map[string]any{"undecodable": err.Error()})
			continue
		}
		frames = append(frames, summary(f))
	}
	out["frames"] = frames
	return out
}

func chunk(item *pluginv2.QueryChunkedDataResponse) map[string]any {
	out := map[string]any{"refId": item.RefId, "frameId": item.FrameId, "status": item.Status, "error": item.Error,
		"errorSource": item.ErrorSource, "format": item.Format.String()}
	if len(item.Frame) == 0 {
		return out
	}
	if f, err := frame(item.Format, item.Frame); err != nil {
		out["undecodable"] = string(item.Frame) // further rows as JSON have no schema
	} else {
		out["frame"] = summary(f)
	}
	return out
}

func frame(format pluginv2.DataFrameFormat, b []byte) (*data.Frame, error) {
	if format == pluginv2.DataFrameFormat_JSON {
		f := &data.Frame{}
		return f, json.Unmarshal(b, f)
	}
	return data.UnmarshalArrowFrame(b)
}

const summarisedRows = 16

// summary is a frame as plain values: the first rows of every field, the whole of what describes them.
func summary(f *data.Frame) map[string]any {
	fields := make([]any, len(f.Fields))
	for i, field := range f.Fields {
		values := make([]any, min(field.Len(), summarisedRows))
		for row := range values {
			values[row] = cell(field, row)
		}
		item := map[string]any{"name": field.Name, "kind": field.Type().NonNullableType().ItemTypeString(),
			"nullable": field.Type().Nullable(), "values": values}
		if len(field.Labels) > 0 {
			item["labels"] = field.Labels
		}
		if field.Config != nil {
			item["config"] = field.Config
		}
		fields[i] = item
	}
	out := map[string]any{"name": f.Name, "refId": f.RefID, "rows": f.Rows(), "fields": fields}
	if f.Meta != nil {
		out["meta"] = f.Meta
	}
	return out
}

// cell is exact: long integers and times (epoch nanoseconds) as text, floats that JSON lacks by name.
func cell(field *data.Field, row int) any {
	v, ok := field.ConcreteAt(row)
	if !ok {
		return nil
	}
	switch v := v.(type) {
	case int64, uint64:
		return fmt.Sprint(v)
	case time.Time:
		return fmt.Sprint(v.UnixNano())
	case json.RawMessage:
		return string(v)
	case float32:
		return number(float64(v))
	case float64:
		return number(v)
	default:
		return v
	}
}

func number(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Sprint(v)
	}
	return v
}
