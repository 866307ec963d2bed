package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// shapes by name: a time series of each common kind of value, and a table of eight kinds, nulls and other scripts among them.
var shapes = map[string][]string{
	"time+float64":   {"time", "float64"},
	"time+2-decimal": {"time", "2-decimal"},
	"time+int64":     {"time", "int64"},
	"time+string":    {"time", "string"},
	"8-mixed":        {"time-nanos", "nullable-string", "int64-full", "uint64-full", "nullable-bool", "float32", "enum", "json"},
}

var sizes = []int{100, 1_000, 100_000, 1_000_000}

func writeCorpus(folder string) error {
	for shape, columns := range shapes {
		for _, rows := range sizes {
			r := rand.New(rand.NewSource(int64(rows)*31 + int64(len(shape))))
			frame := data.NewFrame("resp")
			frame.RefID = "A"
			frame.Meta = &data.FrameMeta{Type: data.FrameTypeTimeSeriesMulti, ExecutedQueryString: "select <1>"}
			for _, column := range columns {
				frame.Fields = append(frame.Fields, newField(r, column, rows))
			}
			file, err := frame.MarshalArrow()
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d.arrow", shape, rows)), file, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func newField(r *rand.Rand, column string, n int) *data.Field {
	switch column {
	case "time":
		return data.NewField("time", nil, times(r, n, 0))
	case "time-nanos":
		return data.NewField("time", nil, times(r, n, int64(time.Millisecond)))
	case "float64":
		return data.NewField("value", data.Labels{"host": "a", "dc": "eu"}, fill(n, func(int) float64 { return r.NormFloat64() * 100 }))
	case "2-decimal":
		return data.NewField("value", nil, fill(n, func(int) float64 { return float64(r.Intn(1_000_000)) / 100 }))
	case "int64":
		return data.NewField("value", nil, fill(n, func(int) int64 { return int64(r.Intn(2000)) - 500 }))
	case "int64-full":
		return data.NewField("int64", nil, fill(n, func(int) int64 { return int64(r.Uint64()) }))
	case "uint64-full":
		return data.NewField("uint64", nil, fill(n, func(int) uint64 { return r.Uint64() }))
	case "float32":
		return data.NewField("float32", nil, fill(n, func(int) float32 { return float32(r.NormFloat64() * 100) }))
	case "string":
		return data.NewField("value", nil, fill(n, func(int) string { return text(r, 12) }))
	case "nullable-string":
		return data.NewField("text", nil, fill(n, func(int) *string {
			if r.Intn(10) == 0 {
				return nil
			}
			s := text(r, r.Intn(20))
			if r.Intn(3) == 0 {
				s += unusual[r.Intn(len(unusual))] + text(r, r.Intn(6))
			}
			return &s
		}))
	case "nullable-bool":
		return data.NewField("bool", nil, fill(n, func(int) *bool {
			if r.Intn(10) == 0 {
				return nil
			}
			b := r.Intn(2) == 0
			return &b
		}))
	case "enum":
		field := data.NewField("enum", nil, fill(n, func(int) data.EnumItemIndex { return data.EnumItemIndex(r.Intn(4)) }))
		enum := &data.EnumFieldConfig{Text: []string{"a", "b", "c", "d"}}
		field.Config = &data.FieldConfig{TypeConfig: &data.FieldTypeConfig{Enum: enum}}
		return field
	case "json":
		return data.NewField("json", nil, fill(n, func(i int) json.RawMessage {
			return json.RawMessage(fmt.Sprintf(`{"a":%d,"b":["x",null,%g]}`, i, r.Float64()))
		}))
	}
	panic(column)
}

func fill[T any](n int, next func(i int) T) []T {
	cells := make([]T, n)
	for i := range cells {
		cells[i] = next(i)
	}
	return cells
}

// times about a second apart, in whole milliseconds and up to jitterNanos beyond them.
func times(r *rand.Rand, n int, jitterNanos int64) []time.Time {
	start := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	return fill(n, func(i int) time.Time {
		t := start.Add(time.Duration(i)*time.Second + time.Duration(r.Intn(1000))*time.Millisecond)
		if jitterNanos > 0 {
			t = t.Add(time.Duration(r.Int63n(jitterNanos)))
		}
		return t
	})
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

func text(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[r.Intn(len(letters))]
	}
	return string(b)
}

// unusual text has to be escaped, or is not ASCII.
var unusual = []string{"é", "日本", "\"", "\\", "\n", "<b>", "\u2028", "😀", "\x01", "plain"}
