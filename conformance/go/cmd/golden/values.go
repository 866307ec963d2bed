package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// listValues writes every cell so that nothing is lost: numbers and times (in nanoseconds) as text, raw JSON as text.
// One line for each field.
func listValues(f *data.Frame) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("[")
	for i, field := range f.Fields {
		if i > 0 {
			out.WriteString(",")
		}
		values := make([]any, field.Len())
		for row := range values {
			if v, ok := field.ConcreteAt(row); ok {
				values[row] = exact(v)
			}
		}
		line, err := json.Marshal(map[string]any{
			"name": field.Name, "kind": kindOf(field.Type()), "nullable": field.Nullable(), "values": values,
		})
		if err != nil {
			return nil, err
		}
		out.WriteString("\n")
		out.Write(line)
	}
	out.WriteString("\n]\n")
	return out.Bytes(), nil
}

func kindOf(t data.FieldType) string {
	switch t.NonNullableType() {
	case data.FieldTypeTime:
		return "time"
	case data.FieldTypeJSON:
		return "json"
	default:
		return strings.TrimPrefix(t.NonNullableType().ItemTypeString(), "[]")
	}
}

func exact(v any) any {
	switch v := v.(type) {
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return strconv.FormatInt(v.UnixNano(), 10)
	case json.RawMessage:
		return string(v)
	case string, bool:
		return v
	default:
		return fmt.Sprint(v)
	}
}
