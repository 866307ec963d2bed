// acme-ref-app is an app plugin with a backend: health that depends on its settings,
// resources that show what arrived, and routes for the plugin proxy (plugin.json).
package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/app"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"

	"example.com/backplane/conformance/internal/echo"
)

type instance struct {
	backend.CallResourceHandler
	healthMode string
}

func newInstance(_ context.Context, s backend.AppInstanceSettings) (instancemgmt.Instance, error) {
	own := struct {
		HealthMode string `json:"healthMode"`
	}{}
	if len(s.JSONData) > 0 {
		if err := json.Unmarshal(s.JSONData, &own); err != nil {
			return nil, err
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", echoRequest)
	mux.HandleFunc("/echo/", echoRequest)
	mux.HandleFunc("/teapot", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	return &instance{CallResourceHandler: httpadapter.New(mux), healthMode: own.HealthMode}, nil
}

func (a *instance) CheckHealth(_ context.Context, req *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	if a.healthMode == "error" {
		return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: "acme app: not healthy",
			JSONDetails: []byte(`{"why":"asked to"}`)}, nil
	}
	details, err := json.Marshal(echo.Context(req.PluginContext))
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: "acme app: fine", JSONDetails: details}, err
}

func echoRequest(w http.ResponseWriter, r *http.Request) {
	var body []byte
	if r.Body != nil { // the adapter leaves it nil when there is none
		body, _ = io.ReadAll(r.Body)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"method": r.Method, "path": r.URL.Path, "query": r.URL.RawQuery, "headers": r.Header, "body": string(body),
		"context": echo.Context(backend.PluginConfigFromContext(r.Context())),
	})
}

func main() {
	if err := app.Manage("acme-ref-app", newInstance, app.ManageOpts{}); err != nil {
		backend.Logger.Error(err.Error())
		os.Exit(1)
	}
}
