package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

type arrowRecord = arrow.RecordBatch

// foreign is one column of Arrow that the SDK does not write itself, and what the SDK makes of it.
type foreign struct {
	name    string
	kind    arrow.DataType
	fill    func(b array.Builder)
	batches int
	options []ipc.Option
}

type verdict struct {
	// Error is what the SDK says when it refuses the file.
	Error string `json:"error,omitempty"`
	// Frame is the JSON that the SDK makes of the frame.
	Frame json.RawMessage `json:"frame,omitempty"`
}

func foreigners() []foreign {
	null := func(b array.Builder) { b.AppendNull() }
	nothing := func(array.Builder) {}
	return []foreign{
		{name: "utf8-2", kind: arrow.BinaryTypes.String, fill: texts, batches: 2},
		{name: "utf8-no-rows", kind: arrow.BinaryTypes.String, fill: nothing, batches: 1},
		{name: "utf8-no-rows-3", kind: arrow.BinaryTypes.String, fill: nothing, batches: 3},
		{name: "utf8-no-batch", kind: arrow.BinaryTypes.String, fill: nothing},
		{name: "utf8-view", kind: arrow.BinaryTypes.StringView, fill: texts, batches: 1},
		{name: "utf8-view-2", kind: arrow.BinaryTypes.StringView, fill: texts, batches: 2},
		{name: "large-utf8", kind: arrow.BinaryTypes.LargeString, fill: texts, batches: 1},
		{name: "dictionary", kind: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, fill: texts, batches: 1},
		{name: "bool-3", kind: arrow.FixedWidthTypes.Boolean, fill: flags, batches: 3},
		{name: "timestamp-utc", kind: &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}, fill: stamps, batches: 2},
		{name: "timestamp-ms", kind: &arrow.TimestampType{Unit: arrow.Millisecond}, fill: stamps, batches: 1},
		{name: "date32", kind: arrow.FixedWidthTypes.Date32, fill: null, batches: 1},
		{name: "duration", kind: arrow.FixedWidthTypes.Duration_ns, fill: null, batches: 1},
		{name: "decimal", kind: &arrow.Decimal128Type{Precision: 5, Scale: 1}, fill: null, batches: 1},
		{name: "half", kind: arrow.FixedWidthTypes.Float16, fill: null, batches: 1},
		{name: "list", kind: arrow.ListOf(arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Int8))), fill: null, batches: 1},
		{name: "struct", kind: arrow.StructOf(arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Int8}), fill: null, batches: 1},
		{name: "fixed-binary", kind: &arrow.FixedSizeBinaryType{ByteWidth: 3}, fill: null, batches: 1},
		{name: "binary-view", kind: arrow.BinaryTypes.BinaryView, fill: null, batches: 1},
		{name: "null", kind: arrow.Null, fill: null, batches: 1},
		{name: "lz4", kind: arrow.BinaryTypes.String, fill: texts, batches: 1, options: []ipc.Option{ipc.WithLZ4()}},
		{name: "zstd", kind: arrow.PrimitiveTypes.Float64, fill: null, batches: 1, options: []ipc.Option{ipc.WithZstd()}},
	}
}

func writeForeign(folder string) error {
	folder = filepath.Join(folder, "foreign")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	verdicts := map[string]verdict{}
	for _, f := range foreigners() {
		file, err := f.write(asFile)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		stream, err := f.write(asStream)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		verdicts[f.name] = judge(file)
		for suffix, content := range map[string][]byte{".arrow": file, ".arrows": stream} {
			if err := os.WriteFile(filepath.Join(folder, f.name+suffix), content, 0o644); err != nil {
				return err
			}
		}
	}
	text, err := json.MarshalIndent(verdicts, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "verdicts.json"), append(text, '\n'), 0o644)
}

func (f foreign) write(open openWriter) ([]byte, error) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "f", Type: f.kind, Nullable: true}}, nil)
	var out bytes.Buffer
	writer, err := open(&out, append([]ipc.Option{ipc.WithSchema(schema)}, f.options...)...)
	if err != nil {
		return nil, err
	}
	for range f.batches {
		builder := array.NewRecordBuilder(memory.NewGoAllocator(), schema)
		f.fill(builder.Field(0))
		if err := writer.Write(builder.NewRecordBatch()); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func judge(file []byte) verdict {
	frame, err := data.UnmarshalArrowFrame(file)
	if err != nil {
		return verdict{Error: err.Error()}
	}
	text, err := data.FrameToJSON(frame, data.IncludeAll)
	if err != nil {
		return verdict{Error: "as JSON: " + err.Error()}
	}
	return verdict{Frame: text}
}

func texts(b array.Builder) {
	for _, text := range []string{"a", "", strings.Repeat("long text é ", 3), "twelve chars", "thirteen char"} {
		switch b := b.(type) {
		case *array.StringBuilder:
			b.Append(text)
		case *array.LargeStringBuilder:
			b.Append(text)
		case *array.StringViewBuilder:
			b.Append(text)
		case *array.BinaryDictionaryBuilder:
			if err := b.AppendString(text); err != nil {
				panic(err)
			}
		}
	}
	b.AppendNull()
}

func flags(b array.Builder) {
	for i := range 11 {
		if i%4 == 3 {
			b.AppendNull()
		} else {
			b.(*array.BooleanBuilder).Append(i%2 == 0)
		}
	}
}

func stamps(b array.Builder) {
	for _, at := range []arrow.Timestamp{0, 1500000, -1} {
		b.(*array.TimestampBuilder).Append(at)
	}
	b.AppendNull()
}
