// Command reshape converts time series with the genuine SDK: each line of stdin is a task with a frame as JSON, each
// line of stdout its answer, {"frame": …} or {"error": …}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

type task struct {
	// long-to-wide or wide-to-long.
	Op string `json:"op"`
	// none, previous, null or value.
	Fill  string      `json:"fill"`
	Value float64     `json:"value"`
	Frame *data.Frame `json:"frame"`
}

type answer struct {
	Frame *data.Frame `json:"frame,omitempty"`
	Error string      `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		result := answer{}
		frame, err := run(lines.Bytes())
		if err != nil {
			result.Error = err.Error()
		} else {
			result.Frame = frame
		}
		if err := out.Encode(result); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(line []byte) (*data.Frame, error) {
	var t task
	if err := json.Unmarshal(line, &t); err != nil {
		return nil, fmt.Errorf("task: %w", err)
	}
	switch t.Op {
	case "wide-to-long":
		return data.WideToLong(t.Frame)
	case "long-to-wide":
		return data.LongToWide(t.Frame, fillMissing(t))
	}
	return nil, fmt.Errorf("unknown op %q", t.Op)
}

func fillMissing(t task) *data.FillMissing {
	switch t.Fill {
	case "previous":
		return &data.FillMissing{Mode: data.FillModePrevious}
	case "null":
		return &data.FillMissing{Mode: data.FillModeNull}
	case "value":
		return &data.FillMissing{Mode: data.FillModeValue, Value: t.Value}
	}
	return nil
}
