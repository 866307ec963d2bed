package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"
)

type resources struct{ http backend.CallResourceHandler }

func newResources() backend.CallResourceHandler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", echoRequest)
	mux.HandleFunc("/echo/", echoRequest)
	mux.HandleFunc("/chunks/{count}", chunks)
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(number(r.PathValue("code"))) })
	mux.HandleFunc("/headers", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["X-Several"] = []string{"one", "two"}
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "headers")
	})
	mux.HandleFunc("/bytes/{count}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write([]byte(strings.Repeat("x", number(r.PathValue("count")))))
	})
	mux.HandleFunc("/endless", endless)
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("conformance: asked to panic") })
	return &resources{http: httpadapter.New(mux)}
}

// CallResource handles the routes that need the bare call, and leaves the rest to the HTTP adapter.
func (h *resources) CallResource(ctx context.Context, req *backend.CallResourceRequest, out backend.CallResourceResponseSender) error {
	switch req.Path {
	case "fail":
		return errors.New("conformance: resource call failed")
	case "silent": // end the call without any response
		return nil
	case "half": // a first part, then an error
		if err := out.Send(&backend.CallResourceResponse{Status: 200, Body: []byte("first half")}); err != nil {
			return err
		}
		return errors.New("conformance: broke off")
	}
	return h.http.CallResource(ctx, req, out)
}

func echoRequest(w http.ResponseWriter, r *http.Request) {
	var body []byte
	if r.Body != nil { // the adapter leaves it nil when there is none
		body, _ = io.ReadAll(r.Body)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"method": r.Method, "path": r.URL.Path, "query": r.URL.RawQuery, "several": r.Header.Values("X-Several"), "body": string(body),
	})
}

func chunks(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	for i := 0; i < number(r.PathValue("count")); i++ {
		if i > 0 {
			time.Sleep(time.Duration(number(r.URL.Query().Get("delayMs"))) * time.Millisecond)
		}
		_, _ = fmt.Fprintf(w, "part %d\n", i)
		w.(http.Flusher).Flush()
	}
}

// endless writes until its caller goes away.
func endless(w http.ResponseWriter, r *http.Request) {
	for {
		if _, err := io.WriteString(w, strings.Repeat("x", 1024)); err != nil || r.Context().Err() != nil {
			cancelled.Add(1)
			return
		}
		w.(http.Flusher).Flush()
		written.Add(1)
	}
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
