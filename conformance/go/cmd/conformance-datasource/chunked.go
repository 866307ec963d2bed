package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"example.com/backplane/conformance/internal/kinds"
)

// QueryChunkedData answers the mode "chunked" in parts: each of its frames comes in `chunks` parts
// of `rows` rows. "error" becomes an error item, "fail" breaks the stream off after its first part.
func (d *instance) QueryChunkedData(ctx context.Context, req *backend.QueryChunkedDataRequest, w backend.ChunkedDataWriter) error {
	for _, q := range req.Queries {
		var own query
		if err := json.Unmarshal(q.JSON, &own); err != nil {
			return err
		}
		switch q.QueryType {
		case "error":
			if err := w.WriteError(ctx, q.RefID, backend.Status(own.Status), errors.New(own.Message)); err != nil {
				return err
			}
			continue
		case "slow":
			if err := slow(ctx, millis(own.DelayMs)); err != nil {
				return err
			}
		}
		for chunk := 0; chunk < max(1, own.Chunks); chunk++ {
			for i := 0; i < max(1, own.Frames); i++ {
				if err := w.WriteFrame(ctx, q.RefID, fmt.Sprint(i), part(own, i, chunk)); err != nil {
					return err
				}
			}
			if q.QueryType == "fail" {
				return errors.New(own.Message)
			}
		}
	}
	return nil
}

// part is rows chunk*rows and further ones of the whole frame.
func part(own query, number, chunk int) *data.Frame {
	f := data.NewFrame(fmt.Sprintf("table %d", number))
	for c, kind := range own.Kinds {
		whole := kinds.Column(kind, c, own.Rows*(chunk+1))
		field := data.NewFieldFromFieldType(whole.Type(), 0)
		field.Name = whole.Name
		for row := own.Rows * chunk; row < whole.Len(); row++ {
			field.Append(whole.At(row))
		}
		f.Fields = append(f.Fields, field)
	}
	return f
}
