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

	"example.com/backplane/conformance/internal/echo"
)

// resources answers resource calls. Routes that need the bare call (an error instead
// of a response, or no response at all) are handled before the HTTP adapter.
type resources struct{ http backend.CallResourceHandler }

func newResources() backend.CallResourceHandler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", echoRequest)
	mux.HandleFunc("/echo/", echoRequest)
	mux.HandleFunc("/status/{code}", statusCode)
	mux.HandleFunc("/headers", manyHeaders)
	mux.HandleFunc("/no-content-type", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		write(w, `{"contentType":"none"}`)
	})
	mux.HandleFunc("/html", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		write(w, "<script>alert(1)</script>")
	})
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/somewhere/else?x=1", http.StatusFound)
	})
	mux.HandleFunc("/chunked", chunked)
	mux.HandleFunc("/binary", binary)
	mux.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("/big", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("bytes"))
		w.Header().Set("Content-Type", "text/plain")
		write(w, strings.Repeat("acme....", n/8))
	})
	mux.HandleFunc("/size", func(w http.ResponseWriter, r *http.Request) {
		var n int64
		var err error
		if r.Body != nil {
			n, err = io.Copy(io.Discard, r.Body)
		}
		w.Header().Set("Content-Type", "application/json")
		write(w, fmt.Sprintf(`{"received":%d,"error":%t}`, n, err != nil))
	})
	mux.HandleFunc("/cache", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Cache-Control", "public, max-age=60")
		w.Header().Set("Etag", `"acme"`)
		write(w, "cached")
	})
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("acme: asked to panic") })
	return &resources{http: httpadapter.New(mux)}
}

func (h *resources) CallResource(ctx context.Context, req *backend.CallResourceRequest, out backend.CallResourceResponseSender) error {
	path := req.Path
	if strings.HasPrefix(path, "raw/") {
		path = "raw"
	}
	switch path {
	case "raw": // the request as it crossed the process border, before any HTTP adapter
		b, err := json.Marshal(map[string]any{"path": req.Path, "method": req.Method, "url": req.URL,
			"headers": req.Headers, "body": string(req.Body)})
		if err != nil {
			return err
		}
		return out.Send(&backend.CallResourceResponse{Status: 200, Headers: map[string][]string{"Content-Type": {"application/json"}}, Body: b})
	case "error":
		return errors.New("acme: resource call failed")
	case "error-downstream":
		return backend.DownstreamError(errDownstream)
	case "silent": // end the call without any response
		return nil
	case "status-zero":
		return out.Send(&backend.CallResourceResponse{Body: []byte("no status")})
	case "half": // a first part, then an error
		if err := out.Send(&backend.CallResourceResponse{Status: 200, Body: []byte("first half, ")}); err != nil {
			return err
		}
		return errors.New("acme: broke off")
	case "bare-no-headers":
		return out.Send(&backend.CallResourceResponse{Status: 200, Body: []byte(`{"headers":"none"}`)})
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
		"method": r.Method, "path": r.URL.Path, "rawPath": r.URL.RawPath, "requestUri": r.URL.String(),
		"query": r.URL.RawQuery, "headers": r.Header, "body": string(body),
		"context": echo.Context(backend.PluginConfigFromContext(r.Context())),
	})
}

func statusCode(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.PathValue("code"))
	if err != nil || code < 100 || code > 999 {
		code = http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	if code >= 200 && code != http.StatusNoContent && code != http.StatusNotModified {
		write(w, fmt.Sprintf("status %d", code))
	}
}

// manyHeaders sends headers with several values, cookies, and some that a server
// must not pass on blindly.
func manyHeaders(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Add("X-Acme", "one")
	h.Add("X-Acme", "two")
	h.Add("Set-Cookie", "acme=1; Path=/; HttpOnly")
	h.Add("Set-Cookie", "acme2=2")
	h.Set("Connection", "close")
	h.Set("Keep-Alive", "timeout=9")
	h.Set("Content-Security-Policy", "default-src *")
	h.Set("X-Frame-Options", "ALLOWALL")
	h.Set("X-Content-Type-Options", "none")
	h.Set("Strict-Transport-Security", "max-age=1")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Location", "/elsewhere")
	h.Set("Www-Authenticate", `Basic realm="acme"`)
	h.Set("x-lower-case", "yes")
	write(w, `{"ok":true}`)
}

func chunked(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Query().Get("n"))
	w.Header().Set("Content-Type", "text/plain")
	for i := 0; i < n; i++ {
		write(w, fmt.Sprintf("chunk %d\n", i))
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func binary(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	_, _ = w.Write(all)
}

func write(w io.Writer, s string) { _, _ = io.WriteString(w, s) }
