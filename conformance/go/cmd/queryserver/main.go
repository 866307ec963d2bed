// queryserver is the smallest honest peer of a server for queries: net/http over the genuine client of plugins and the
// genuine encoder of answers, without accounts, stores, rules or metrics. POST /api/ds/query asks one plugin.
//
//	usage: queryserver ADDRESS EXECUTABLE
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	jsoniter "github.com/json-iterator/go"
)

type query struct {
	RefID         string `json:"refId"`
	QueryType     string `json:"queryType"`
	MaxDataPoints int64  `json:"maxDataPoints"`
	IntervalMS    int64  `json:"intervalMs"`
}

type body struct {
	From    string            `json:"from"`
	To      string            `json:"to"`
	Queries []json.RawMessage `json:"queries"`
}

type server struct{ data grpcplugin.DataClient }

func (s *server) query(w http.ResponseWriter, r *http.Request) {
	req, err := read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	res, err := s.data.QueryData(r.Context(), backend.ToProto().QueryDataRequest(req))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer, err := backend.FromProto().QueryDataResponse(res)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// As Grafana's response.JSONStreaming does.
	_ = jsoniter.ConfigCompatibleWithStandardLibrary.NewEncoder(w).Encode(answer)
}

func read(r *http.Request) (*backend.QueryDataRequest, error) {
	var b body
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
		return nil, err
	}
	from, _ := strconv.ParseInt(b.From, 10, 64)
	to, _ := strconv.ParseInt(b.To, 10, 64)
	out := &backend.QueryDataRequest{
		PluginContext: backend.PluginContext{OrgID: 1, PluginID: "bench-datasource",
			User:                       &backend.User{Login: "admin", Name: "admin", Email: "admin@localhost", Role: "Admin"},
			DataSourceInstanceSettings: &backend.DataSourceInstanceSettings{ID: 1, UID: "bench", Name: "bench", Type: "bench-datasource", JSONData: []byte("{}")}},
		Headers: map[string]string{},
	}
	for _, raw := range b.Queries {
		var q query
		if err := json.Unmarshal(raw, &q); err != nil {
			return nil, err
		}
		out.Queries = append(out.Queries, backend.DataQuery{RefID: q.RefID, QueryType: q.QueryType, MaxDataPoints: q.MaxDataPoints,
			Interval: time.Duration(q.IntervalMS) * time.Millisecond, TimeRange: backend.TimeRange{From: time.UnixMilli(from), To: time.UnixMilli(to)}, JSON: raw})
	}
	return out, nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: queryserver ADDRESS EXECUTABLE")
		os.Exit(2)
	}
	client := plugin.NewClient(&plugin.ClientConfig{
		Cmd: exec.Command(os.Args[2]),
		HandshakeConfig: plugin.HandshakeConfig{ProtocolVersion: grpcplugin.ProtocolVersion,
			MagicCookieKey: grpcplugin.MagicCookieKey, MagicCookieValue: grpcplugin.MagicCookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{grpcplugin.ProtocolVersion: {"data": &grpcplugin.DataGRPCPlugin{}}},
		Logger:           hclog.NewNullLogger(),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
	})
	defer client.Kill()
	rpc, err := client.Client()
	if err != nil {
		fail(client, err)
	}
	data, err := rpc.Dispense("data")
	if err != nil {
		fail(client, err)
	}
	s := &server{data: data.(grpcplugin.DataClient)}
	http.HandleFunc("POST /api/ds/query", s.query)
	http.HandleFunc("GET /api/health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		if err := http.ListenAndServe(os.Args[1], nil); err != nil {
			fail(client, err)
		}
	}()
	<-ended
}

func fail(client *plugin.Client, err error) {
	fmt.Fprintln(os.Stderr, err)
	client.Kill()
	os.Exit(1)
}
