// objects-datasource admits and converts objects, and does nothing else.
// conformance/fixtures/objects-datasource is the same plugin in TypeScript; keep the two alike.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

type objects struct{}

type thing struct {
	Size       int    `json:"size"`
	Owner      string `json:"owner,omitempty"`
	APIVersion string `json:"apiVersion,omitempty"`
}

func (objects) ValidateAdmission(_ context.Context, req *backend.AdmissionRequest) (*backend.ValidationResponse, error) {
	if req.Operation == backend.AdmissionRequestDelete {
		return &backend.ValidationResponse{Allowed: len(req.OldObjectBytes) > 0}, nil
	}
	var own thing
	if err := json.Unmarshal(req.ObjectBytes, &own); err != nil {
		return nil, errors.New("conformance: no object")
	}
	if own.Size > 10 {
		return &backend.ValidationResponse{Result: &backend.StatusResult{Status: "Failure",
			Message: fmt.Sprintf("%s %s is too big", req.Operation, req.Kind.Kind), Code: 422}}, nil
	}
	return &backend.ValidationResponse{Allowed: true, Warnings: []string{"nearly", "too big"}}, nil
}

func (objects) MutateAdmission(_ context.Context, req *backend.AdmissionRequest) (*backend.MutationResponse, error) {
	var own thing
	if err := json.Unmarshal(req.ObjectBytes, &own); err != nil {
		return nil, errors.New("conformance: no object")
	}
	if own.Size > 10 {
		return &backend.MutationResponse{Result: &backend.StatusResult{Status: "Failure", Message: "too big", Code: 400}}, nil
	}
	own.Owner = req.PluginContext.User.Login
	bytes, err := json.Marshal(own)
	return &backend.MutationResponse{Allowed: true, ObjectBytes: bytes}, err
}

func (objects) ConvertObjects(_ context.Context, req *backend.ConversionRequest) (*backend.ConversionResponse, error) {
	out := &backend.ConversionResponse{UID: req.UID}
	for _, o := range req.Objects {
		var own thing
		if err := json.Unmarshal(o.Raw, &own); err != nil {
			return nil, errors.New("conformance: no object")
		}
		own.APIVersion = req.TargetVersion.Group + "/" + req.TargetVersion.Version
		bytes, err := json.Marshal(own)
		if err != nil {
			return nil, err
		}
		out.Objects = append(out.Objects, backend.RawObject{Raw: bytes, ContentType: "application/json"})
	}
	return out, nil
}

func (objects) ConvertQueryDataRequest(_ context.Context, req *backend.QueryDataRequest) (*backend.QueryConversionResponse, error) {
	out := &backend.QueryConversionResponse{}
	for _, q := range req.Queries {
		out.Queries = append(out.Queries, map[string]any{"refId": q.RefID, "isConverted": true})
	}
	return out, nil
}

func main() {
	opts := backend.ServeOpts{AdmissionHandler: objects{}, ConversionHandler: objects{}, QueryConversionHandler: objects{}}
	if err := backend.Manage("objects-datasource", opts); err != nil {
		backend.Logger.Error(err.Error())
		os.Exit(1)
	}
}
