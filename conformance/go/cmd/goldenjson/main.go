// goldenjson writes or checks a golden file with the genuine SDK's own helper, which wants a *testing.T.
//
//	usage: goldenjson write|check FOLDER NAME
package main

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/experimental"
)

// response is what conformance/cases/golden-files.process.test.ts makes as well.
func response() *backend.DataResponse {
	at, half := time.Unix(1, 1).UTC(), 1.5
	value := data.NewField("Value", data.Labels{"host": "a"}, []*float64{&half, nil})
	value.SetConfig(&data.FieldConfig{Unit: "celsius"})
	frame := data.NewFrame("weather", data.NewField("Time", nil, []time.Time{at, at}), value,
		data.NewField("Id", nil, []int64{1, 9223372036854775807}), data.NewField("Text", nil, []string{`"{[:,`, "Zürich // 🚉"}))
	return &backend.DataResponse{Status: backend.StatusOK, Frames: data.Frames{frame, data.NewFrame("empty")}}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: goldenjson write|check FOLDER NAME")
		os.Exit(2)
	}
	// A failure ends the goroutine that it happens in.
	t, done := &testing.T{}, make(chan struct{})
	go func() {
		defer close(done)
		experimental.CheckGoldenJSONResponse(t, os.Args[2], os.Args[3], response(), os.Args[1] == "write")
	}()
	<-done
	if t.Failed() {
		os.Exit(1)
	}
}
