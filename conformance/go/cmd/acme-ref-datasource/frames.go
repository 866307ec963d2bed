package main

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"example.com/backplane/conformance/internal/kinds"
)

// table has a time field over the query's range and cols value fields of the kinds
// asked for. Values depend on the row and the column only.
func table(q backend.DataQuery, own query) *data.Frame {
	rows, cols := own.Rows, own.Cols
	if rows == 0 {
		rows = 3
	}
	rows = max(rows, 0)
	if cols == 0 {
		cols = max(1, len(own.Kinds))
	}
	f := data.NewFrame("table", timeField(q, rows))
	f.RefID = q.RefID
	for c := 0; c < cols; c++ {
		kind := "float64"
		if len(own.Kinds) > 0 {
			kind = own.Kinds[c%len(own.Kinds)]
		}
		f.Fields = append(f.Fields, kinds.Column(kind, c, rows))
	}
	return f
}

func timeField(q backend.DataQuery, rows int) *data.Field {
	times := make([]time.Time, rows)
	var step time.Duration
	if rows > 0 {
		step = q.TimeRange.To.Sub(q.TimeRange.From) / time.Duration(rows)
	}
	for i := range times {
		times[i] = q.TimeRange.From.Add(time.Duration(i) * step).UTC()
	}
	return data.NewField("time", nil, times)
}

// allKinds has every kind of field, plain and nullable.
func allKinds(refID string) *data.Frame {
	f := data.NewFrame("kinds")
	f.RefID = refID
	for c, kind := range []string{"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
		"float32", "float64", "string", "bool", "time.Time", "json.RawMessage"} {
		f.Fields = append(f.Fields, kinds.Column(kind, c, 4), kinds.Column(nullableName(kind), c, 4))
	}
	enum := data.NewField("enum", nil, []data.EnumItemIndex{0, 1, 2, 1})
	enum.Config = &data.FieldConfig{TypeConfig: &data.FieldTypeConfig{Enum: &data.EnumFieldConfig{
		Text: []string{"off", "on", "odd"}, Color: []string{"red", "green", "blue"}}}}
	one := data.EnumItemIndex(1)
	f.Fields = append(f.Fields, enum, data.NewField("enum_nullable", nil, []*data.EnumItemIndex{&one, nil, &one, nil}))
	return f
}

func nullableName(kind string) string { return "?" + kind }

// extremes has the values that are hard to carry: not-a-number, infinities, the
// largest integers, times with nanoseconds or far away, strings that need escaping.
func extremes(refID string) *data.Frame {
	nan, inf, minus := math.NaN(), math.Inf(1), math.Inf(-1)
	zero, tiny, big := math.Copysign(0, -1), math.SmallestNonzeroFloat64, math.MaxFloat64
	null := func(v float64) *float64 { return &v }
	at := func(s int64, ns int64) time.Time { return time.Unix(s, ns).UTC() }
	f := data.NewFrame("extremes",
		data.NewField("float64", nil, []float64{nan, inf, minus, zero, tiny, big, 1e21}),
		data.NewField("float64_nullable", nil, []*float64{null(nan), null(inf), null(minus), nil, null(1e-7), null(123456789012345680000), null(0.1)}),
		data.NewField("float32", nil, []float32{float32(nan), float32(inf), float32(minus), math.MaxFloat32, math.SmallestNonzeroFloat32, 0.1, 16777216}),
		data.NewField("int64", nil, []int64{math.MinInt64, math.MaxInt64, 0, -1, 9007199254740991, 9007199254740992, 9007199254740993}),
		data.NewField("uint64", nil, []uint64{0, math.MaxUint64, math.MaxInt64, 1, 2, 3, 4}),
		data.NewField("time", nil, []time.Time{at(0, 0), at(1704067200, 1), at(1704067200, 999999999), at(1704067200, 123456000), at(-1, 0), at(-62135596800, 0), at(253402300799, 0)}),
		data.NewField("string", nil, []string{"", "\"quoted\" \\ back", "<b>&'", "line\nbreak\ttab", "snow ☃ 💧", "\u2028\u2029", "nul\x00ctl\x1f"}),
	)
	f.RefID = refID
	return f
}

// series is one time series with explicit values, a minute apart from epoch on.
func series(q backend.DataQuery, own query) *data.Frame {
	times := make([]time.Time, len(own.Values))
	for i := range times {
		times[i] = kinds.Epoch.Add(time.Duration(i) * time.Minute)
	}
	values := own.Values
	if values == nil {
		values = []*float64{}
	}
	f := data.NewFrame("series", data.NewField("time", nil, times), data.NewField("value", own.Labels, values))
	f.RefID = q.RefID
	f.Meta = &data.FrameMeta{Type: data.FrameTypeTimeSeriesMulti, TypeVersion: data.FrameTypeVersion{0, 1}}
	return f
}

// number is one or more numbers without time: a field per value, labelled by its position.
func number(q backend.DataQuery, own query) *data.Frame {
	f := data.NewFrame("number")
	f.RefID = q.RefID
	for i, v := range own.Values {
		labels := own.Labels.Copy()
		if len(own.Values) > 1 {
			labels = data.Labels{"n": fmt.Sprint(i)}
		}
		f.Fields = append(f.Fields, data.NewField("value", labels, []*float64{v}))
	}
	f.Meta = &data.FrameMeta{Type: data.FrameTypeNumericWide, TypeVersion: data.FrameTypeVersion{0, 1}}
	return f
}

func wide(q backend.DataQuery) *data.Frame {
	f := data.NewFrame("wide", minutes(3),
		data.NewField("cpu", data.Labels{"host": "a"}, []float64{1, 2, 3}),
		data.NewField("cpu", data.Labels{"host": "b"}, []float64{4, 5, 6}))
	return typed(f, q.RefID, data.FrameTypeTimeSeriesWide)
}

func long(q backend.DataQuery) *data.Frame {
	t := []time.Time{kinds.Epoch, kinds.Epoch, kinds.Epoch.Add(time.Minute), kinds.Epoch.Add(time.Minute)}
	f := data.NewFrame("long", data.NewField("time", nil, t),
		data.NewField("host", nil, []string{"a", "b", "a", "b"}),
		data.NewField("cpu", nil, []float64{1, 4, 2, 5}))
	return typed(f, q.RefID, data.FrameTypeTimeSeriesLong)
}

func multi(q backend.DataQuery) []*data.Frame {
	var all []*data.Frame
	for i, host := range []string{"a", "b"} {
		f := data.NewFrame("multi "+host, minutes(2+i))
		values := make([]float64, 2+i)
		for n := range values {
			values[n] = float64(n + i*3)
		}
		f.Fields = append(f.Fields, data.NewField("cpu", data.Labels{"host": host}, values))
		all = append(all, typed(f, q.RefID, data.FrameTypeTimeSeriesMulti))
	}
	return all
}

func numericLong(q backend.DataQuery) *data.Frame {
	f := data.NewFrame("numeric long", data.NewField("host", nil, []string{"a", "b"}),
		data.NewField("cpu", nil, []float64{1.5, 2.5}))
	return typed(f, q.RefID, data.FrameTypeNumericLong)
}

func logLines(q backend.DataQuery) *data.Frame {
	f := data.NewFrame("logs",
		data.NewField("timestamp", nil, []time.Time{kinds.Epoch, kinds.Epoch.Add(1500 * time.Microsecond)}),
		data.NewField("body", nil, []string{"first", "second"}),
		data.NewField("severity", nil, []string{"info", "error"}),
		data.NewField("id", nil, []string{"1", "2"}),
		data.NewField("labels", nil, []json.RawMessage{[]byte(`{"app":"acme"}`), []byte(`{}`)}))
	f.Meta = &data.FrameMeta{PreferredVisualization: data.VisTypeLogs}
	return typed(f, q.RefID, data.FrameTypeLogLines)
}

// withMeta fills every part of a frame's meta.
func withMeta(q backend.DataQuery) *data.Frame {
	f := data.NewFrame("meta", minutes(1), data.NewField("value", nil, []float64{1}))
	f.RefID = q.RefID
	f.Meta = &data.FrameMeta{
		Type: data.FrameTypeTable, TypeVersion: data.FrameTypeVersion{0, 1}, Path: "acme/path", PathSeparator: "/",
		Custom: map[string]any{"own": []int{1, 2}}, ExecutedQueryString: "select 1\n-- <acme>",
		Stats: []data.QueryStat{{FieldConfig: data.FieldConfig{DisplayName: "rows", Unit: "short"}, Value: 12.5}},
		Notices: []data.Notice{
			{Severity: data.NoticeSeverityInfo, Text: "acme: a note", Link: "https://example.com/note", Inspect: data.InspectTypeMeta},
			{Severity: data.NoticeSeverityWarning, Text: "acme: a warning"},
			{Severity: data.NoticeSeverityError, Text: "acme: an error"}},
		PreferredVisualization: data.VisTypeGraph, PreferredVisualizationPluginID: "acme-panel",
		DataTopic: data.DataTopicAnnotations, UniqueRowIDFields: []int{0},
	}
	return f
}

// withConfig fills every part of a field's config.
func withConfig(q backend.DataQuery) *data.Frame {
	yes := true
	decimals := uint16(2)
	low, high := data.ConfFloat64(-1.5), data.ConfFloat64(math.Inf(1))
	value := data.NewField("value", data.Labels{"b": "2", "a": "1", "quote": `"x"`}, []float64{1})
	value.Config = &data.FieldConfig{
		DisplayName: "Shown", DisplayNameFromDS: "From source", Path: "p", Description: "words", Filterable: &yes, Writeable: &yes,
		Unit: "ms", Decimals: &decimals, Min: &low, Max: &high, Interval: 1000, NoValue: "none",
		Color:      map[string]any{"mode": "fixed", "fixedColor": "red"},
		Mappings:   data.ValueMappings{data.ValueMapper{"1": {Text: "one", Color: "green", Index: 0}}},
		Thresholds: &data.ThresholdsConfig{Mode: data.ThresholdsModeAbsolute, Steps: []data.Threshold{data.NewThreshold(math.Inf(-1), "green", ""), data.NewThreshold(80, "red", "hot")}},
		Links:      []data.DataLink{{Title: "open", TargetBlank: true, URL: "https://example.com/${__value.raw}"}},
		Custom:     map[string]any{"width": 100},
	}
	f := data.NewFrame("config", minutes(1), value)
	f.RefID = q.RefID
	return f
}

func several(q backend.DataQuery, own query) []*data.Frame {
	var all []*data.Frame
	for i := 0; i < own.Frames; i++ {
		f := table(q, own)
		f.Name = fmt.Sprintf("frame %d", i)
		if i%2 == 1 {
			f.RefID = "" // some plugins leave it out
		}
		all = append(all, f)
	}
	return all
}

func streaming(req *backend.QueryDataRequest, q backend.DataQuery, own query) *data.Frame {
	f := tickFrame(0, 1)
	f.RefID = q.RefID
	f.SetMeta(&data.FrameMeta{Channel: "ds/" + req.PluginContext.DataSourceInstanceSettings.UID + "/" + own.Channel})
	return f
}

func minutes(n int) *data.Field {
	t := make([]time.Time, n)
	for i := range t {
		t[i] = kinds.Epoch.Add(time.Duration(i) * time.Minute)
	}
	return data.NewField("time", nil, t)
}

func typed(f *data.Frame, refID string, kind data.FrameType) *data.Frame {
	f.RefID = refID
	if f.Meta == nil {
		f.Meta = &data.FrameMeta{}
	}
	f.Meta.Type, f.Meta.TypeVersion = kind, data.FrameTypeVersion{0, 1}
	return f
}
