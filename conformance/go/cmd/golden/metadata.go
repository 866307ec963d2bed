package main

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// configFrame has one field for every key of a field's config, then fields with all and with odd ones.
func configFrame() *data.Frame {
	yes, no := true, false
	from, to := data.ConfFloat64(-1.5), data.ConfFloat64(10)
	thresholds := func(mode data.ThresholdsMode) *data.ThresholdsConfig {
		return &data.ThresholdsConfig{Mode: mode, Steps: []data.Threshold{
			data.NewThreshold(math.Inf(-1), "red", ""), data.NewThreshold(0, "", "low"), data.NewThreshold(80.5, "green", "ok"),
		}}
	}
	mappings := data.ValueMappings{
		data.ValueMapper{"1": {Text: "one"}, "b": {Text: "<b>", Color: "blue", Index: 2}, "a": {}},
		data.RangeValueMapper{From: &from, To: &to, Result: data.ValueMappingResult{Text: "in"}},
		data.RangeValueMapper{Result: data.ValueMappingResult{Color: "red"}},
		data.SpecialValueMapper{Match: data.SpecialValueNullAndNaN, Result: data.ValueMappingResult{Text: "N/A"}},
	}
	transformations := []data.LinkTransformationConfig{{Type: data.Regex, Field: "f", Expression: `a=(\d+)`, MapValue: "m"}, {Type: data.Logfmt}}
	links := []data.DataLink{
		{Title: "a & b", URL: "http://localhost/?a=1&b=${__value.raw}", TargetBlank: true},
		{Internal: &data.InternalDataLink{
			Query: map[string]any{"expr": "up", "n": 1}, DatasourceUID: "uid", DatasourceName: "name", Transformations: &transformations,
			Range: &data.TimeRange{From: time.Unix(0, 0).UTC(), To: time.Unix(1700000000, 0).UTC()},
		}},
	}
	configs := []*data.FieldConfig{
		nil, {}, {DisplayName: "d"}, {DisplayNameFromDS: "ds"}, {Path: "a/b"}, {Description: "d\nd"}, {Filterable: &yes}, {Filterable: &no}, {Writeable: &yes},
		{Unit: "s"}, (&data.FieldConfig{}).SetDecimals(0), (&data.FieldConfig{}).SetDecimals(65535), (&data.FieldConfig{}).SetMin(0).SetMax(1e21),
		{Interval: 1500.5}, {Mappings: mappings}, {Thresholds: thresholds(data.ThresholdsModeAbsolute)}, {Thresholds: thresholds(data.ThresholdsModePercentage)},
		{Color: map[string]any{"mode": "fixed", "fixedColor": "red"}}, {Links: links}, {NoValue: "-"},
		{TypeConfig: &data.FieldTypeConfig{Enum: &data.EnumFieldConfig{Text: []string{"a", "b"}, Color: []string{"red", ""}, Icon: []string{"i"}, Description: []string{"d"}}}},
		{Custom: map[string]any{"z": 1, "a": []int{1}, "nested": map[string]any{"é": nil}}},
		(&data.FieldConfig{
			DisplayName: "all", Path: "p", Description: "d", Filterable: &yes, Writeable: &no, Unit: "bytes", Interval: 1, Mappings: mappings,
			Thresholds: thresholds(data.ThresholdsModeAbsolute), Color: map[string]any{"mode": "x"}, Links: links, NoValue: "n", Custom: map[string]any{"c": true},
		}).SetDecimals(2).SetMin(-5e-7).SetMax(0.1),
	}
	f := data.NewFrame("config")
	for i, config := range configs {
		field := data.NewField(fmt.Sprintf("v%d", i), nil, []float64{float64(i)})
		field.Config = config
		f.Fields = append(f.Fields, field)
	}
	return f
}

func metaFrame() *data.Frame {
	f := data.NewFrame("meta", data.NewField("v", data.Labels{}, []int64{1, 2}))
	f.RefID = "Ä"
	f.Meta = &data.FrameMeta{
		Type: data.FrameTypeTimeSeriesWide, TypeVersion: data.FrameTypeVersion{0, 1}, Path: "a\\b", PathSeparator: "\\",
		Custom: map[string]any{"b": 1, "a": "x", "list": []any{nil, true, 1.5}},
		Stats: []data.QueryStat{
			{FieldConfig: data.FieldConfig{DisplayName: "time", Unit: "ms"}, Value: 1.5}, {FieldConfig: data.FieldConfig{DisplayName: "none"}, Value: 0},
		},
		Notices: []data.Notice{
			{Severity: data.NoticeSeverityInfo, Text: "i"}, {Severity: data.NoticeSeverityWarning, Text: "<w>", Link: "http://localhost/", Inspect: data.InspectTypeMeta},
			{Severity: data.NoticeSeverityError, Text: "", Inspect: data.InspectTypeStats},
		},
		Channel: "ds/uid/path", PreferredVisualization: data.VisTypeGraph, PreferredVisualizationPluginID: "panel",
		ExecutedQueryString: "SELECT 1 <\u2028>\n", DataTopic: data.DataTopicAnnotations, UniqueRowIDFields: []int{0, 2},
	}
	return f
}

// namesFrame has names twice, no name, and labels that are hard to write.
func namesFrame() *data.Frame {
	f := data.NewFrame("",
		data.NewField("Value", data.Labels{"host": "a"}, []float64{1}), data.NewField("Value", data.Labels{"host": "b"}, []float64{2}),
		data.NewField("Value", nil, []string{"x"}), data.NewField("", data.Labels{}, []bool{true}),
		data.NewField("日本 \"quoted\"\n", data.Labels{"": "", "ключ": "значение", "a<b": "c&d", "Z": "\x01", "z": "\u2028"}, []int8{1}),
		data.NewField(" ", data.Labels{"__proto__": "p", "10": "ten", "9": "nine", "constructor": "c"}, []int8{1}))
	f.Meta = &data.FrameMeta{}
	return f
}

func enumFrame() *data.Frame {
	a, b := data.EnumItemIndex(1), data.EnumItemIndex(0)
	config := &data.FieldConfig{TypeConfig: &data.FieldTypeConfig{Enum: &data.EnumFieldConfig{Text: []string{"off", "on", "ünknown"}, Color: []string{"red", "green", ""}}}}
	return data.NewFrame("enum",
		data.NewField("state", nil, []data.EnumItemIndex{0, 1, 2}).SetConfig(config),
		data.NewField("state?", nil, []*data.EnumItemIndex{&a, nil, &b}).SetConfig(config),
		data.NewField("plain", nil, []uint16{0, 1, 2}),
		data.NewField("json", nil, []json.RawMessage{[]byte(`{"bad`), []byte(`nul`), []byte(``)}))
}
