package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

type finding struct {
	File string `json:"file"`
	// Difference is empty when the file holds the frame of the corpus.
	Difference string `json:"difference"`
}

// compare reads NAME.arrow, NAME.arrows and NAME.json of a folder with the SDK and tells, for each, in what it
// differs from the frame that the SDK reads from the corpus.
func compare(corpusFolder, folder string, out io.Writer) error {
	encoder := json.NewEncoder(out)
	for _, e := range corpus() {
		for _, suffix := range []string{".arrow", ".arrows", ".json"} {
			theirs, err := os.ReadFile(filepath.Join(folder, e.name+suffix))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			} else if err != nil {
				return err
			}
			want, err := readFrame(filepath.Join(corpusFolder, e.name+strings.Replace(suffix, ".arrows", ".arrow", 1)))
			if err != nil {
				return err
			}
			if err := encoder.Encode(finding{File: e.name + suffix, Difference: differenceOf(want, suffix, theirs)}); err != nil {
				return err
			}
		}
	}
	return nil
}

func readFrame(file string) (*data.Frame, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parseFrame(filepath.Ext(file), content)
}

func parseFrame(suffix string, content []byte) (*data.Frame, error) {
	switch suffix {
	case ".arrow":
		return data.UnmarshalArrowFrame(content)
	case ".arrows":
		file, err := streamToFile(content)
		if err != nil {
			return nil, err
		}
		return data.UnmarshalArrowFrame(file)
	default:
		frame := &data.Frame{}
		return frame, json.Unmarshal(content, frame)
	}
}

// streamToFile moves the batches of a stream, read by arrow-go, into a file: the SDK itself reads files alone.
func streamToFile(content []byte) ([]byte, error) {
	reader, err := ipc.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	var out bytes.Buffer
	writer, err := ipc.NewFileWriter(&out, ipc.WithSchema(reader.Schema()))
	if err != nil {
		return nil, err
	}
	for reader.Next() {
		if err := writer.Write(reader.RecordBatch()); err != nil {
			return nil, err
		}
	}
	if err := reader.Err(); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// differenceOf holds two frames against each other in three ways: as the SDK's own tests do, by their JSON, and cell by
// cell with every bit.
func differenceOf(want *data.Frame, suffix string, theirs []byte) string {
	got, err := parseFrame(suffix, theirs)
	if err != nil {
		return "cannot be read: " + err.Error()
	}
	// The last option takes nil for empty, and panics on empty raw JSON: two options apply to it.
	options := data.FrameTestCompareOptions()
	if diff := cmp.Diff(want, got, options[:len(options)-1]...); diff != "" {
		return diff
	}
	for what, write := range map[string]func(*data.Frame) ([]byte, error){
		"values": listValues,
		"json":   func(f *data.Frame) ([]byte, error) { return data.FrameToJSON(f, data.IncludeAll) },
	} {
		a, errA := write(want)
		b, errB := write(got)
		if err := errors.Join(errA, errB); err != nil {
			return fmt.Sprintf("%s: %v", what, err)
		}
		if at := firstDifference(a, b); at >= 0 {
			return fmt.Sprintf("%s differ at %d: want …%s, got …%s", what, at, around(a, at), around(b, at))
		}
	}
	return ""
}

func firstDifference(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func around(text []byte, at int) string {
	return string(text[max(0, at-60):min(len(text), at+60)])
}
