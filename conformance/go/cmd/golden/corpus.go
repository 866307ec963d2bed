package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// entry is one frame of the corpus. Rows are written in batches of `batch` rows when it is not 0.
type entry struct {
	name  string
	frame *data.Frame
	batch int64
}

func corpus() []entry {
	return []entry{
		{name: "kinds-0", frame: kindsFrame(0)},
		{name: "kinds-1", frame: kindsFrame(1)},
		{name: "kinds-7", frame: kindsFrame(7)},
		{name: "kinds-1000", frame: kindsFrame(1000)},
		{name: "batches", frame: kindsFrame(23), batch: 9},
		{name: "specials", frame: specialsFrame()},
		{name: "nulls", frame: nullsFrame()},
		{name: "texts", frame: textsFrame()},
		{name: "times", frame: timesFrame()},
		{name: "config", frame: configFrame()},
		{name: "meta", frame: metaFrame()},
		{name: "names", frame: namesFrame()},
		{name: "enum", frame: enumFrame()},
		{name: "no-fields", frame: data.NewFrame("no fields")},
		{name: "nothing", frame: &data.Frame{}},
	}
}

func writeCorpus(folder string) error {
	for _, e := range corpus() {
		if err := writeEntry(folder, e); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return nil
}

// writeEntry writes a frame as Arrow file, as Arrow stream, as frame JSON and as a list of its values.
func writeEntry(folder string, e entry) error {
	file, err := e.frame.MarshalArrow()
	if err != nil {
		return err
	}
	if e.batch > 0 {
		if file, err = writeBatches(e, asFile); err != nil {
			return err
		}
	}
	stream, err := writeBatches(e, asStream)
	if err != nil {
		return err
	}
	// What counts is what Go itself reads from the file.
	frame, err := data.UnmarshalArrowFrame(file)
	if err != nil {
		return err
	}
	text, err := data.FrameToJSON(frame, data.IncludeAll)
	if err != nil {
		return err
	}
	values, err := listValues(frame)
	if err != nil {
		return err
	}
	for suffix, content := range map[string][]byte{".arrow": file, ".arrows": stream, ".json": text, ".values.json": values} {
		if err := os.WriteFile(filepath.Join(folder, e.name+suffix), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

type recordWriter interface {
	Write(rec arrowRecord) error
	Close() error
}

type openWriter func(out io.Writer, opts ...ipc.Option) (recordWriter, error)

func asFile(out io.Writer, opts ...ipc.Option) (recordWriter, error) {
	return ipc.NewFileWriter(out, opts...)
}

func asStream(out io.Writer, opts ...ipc.Option) (recordWriter, error) {
	return ipc.NewWriter(out, opts...), nil
}

// writeBatches writes a frame with arrow-go itself: every batch is followed by an empty one when there are several.
func writeBatches(e entry, open openWriter) ([]byte, error) {
	table, err := data.FrameToArrowTable(e.frame)
	if err != nil {
		return nil, err
	}
	defer table.Release()
	size := e.batch
	if size == 0 {
		size = -1
	}
	reader := array.NewTableReader(table, size)
	defer reader.Release()
	var out bytes.Buffer
	writer, err := open(&out, ipc.WithSchema(reader.Schema()))
	if err != nil {
		return nil, err
	}
	for reader.Next() {
		rec := reader.RecordBatch()
		if err := writer.Write(rec); err != nil {
			return nil, err
		}
		if e.batch > 0 {
			if err := writer.Write(rec.NewSlice(0, 0)); err != nil {
				return nil, err
			}
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
