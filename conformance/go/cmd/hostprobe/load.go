package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// load is what the benchmark asks for; bench/peers/load.ts measures the same for hosts in TypeScript.
type load struct {
	QueryType    string `json:"queryType"`    // for bench-datasource: bytes of the answer's values
	RequestBytes int    `json:"requestBytes"` // bytes of the query JSON
	InFlight     int    `json:"inFlight"`
	DurationMs   int    `json:"durationMs"`
	Decode       bool   `json:"decode"` // frames too, as Grafana does
	Stream       string `json:"stream"` // streams instead of queries, "1000x1024" packets and bytes; a packet is an operation
	Beside       string `json:"beside"` // query type of calls that are made beside, one after the other
}

// lane is what one goroutine did: calls one after the other.
type lane struct {
	latencies         []float64
	operations, bytes int64
	err               error
}

// load repeats one call and reports counts, times and CPU of both processes in microseconds.
func (p *probe) load(ctx context.Context, c command) answer {
	lanes := make([]lane, c.Load.InFlight)
	var beside lane
	host, plugin, began := cpuUs(os.Getpid()), cpuUs(p.pid), time.Now()
	end := began.Add(time.Duration(c.Load.DurationMs) * time.Millisecond)
	var wg sync.WaitGroup
	for i := range lanes {
		wg.Go(func() { lanes[i].repeat(end, p.callOf(ctx, c, c.Load.QueryType)) })
	}
	if c.Load.Beside != "" {
		wg.Go(func() { beside.repeat(end, p.callOf(ctx, c, c.Load.Beside)) })
	}
	wg.Wait()
	wall := float64(time.Since(began).Nanoseconds()) / 1e3
	out := answer{"wallUs": wall, "hostCpuUs": cpuUs(os.Getpid()) - host, "pluginCpuUs": cpuUs(p.pid) - plugin,
		"hostPeakRssBytes": peakRss(os.Getpid())}
	var all lane
	for _, one := range lanes {
		all.latencies = append(all.latencies, one.latencies...)
		all.operations, all.bytes, all.err = all.operations+one.operations, all.bytes+one.bytes, errors.Join(all.err, one.err)
	}
	if err := errors.Join(all.err, beside.err); err != nil {
		return failure(err)
	}
	sort.Float64s(all.latencies)
	at := func(q float64) float64 { return all.latencies[int(q*float64(len(all.latencies)-1))] }
	out["calls"], out["bytes"], out["p50Us"], out["p99Us"] = all.operations, all.bytes+beside.bytes, at(0.5), at(0.99)
	return out
}

// repeat makes calls until the end, at least one; a call says how many operations and bytes it was.
func (l *lane) repeat(end time.Time, call func() (int64, int64, error)) {
	for l.err == nil && (len(l.latencies) == 0 || time.Now().Before(end)) {
		sent := time.Now()
		operations, bytes, err := call()
		l.operations, l.bytes, l.err = l.operations+operations, l.bytes+bytes, err
		l.latencies = append(l.latencies, float64(time.Since(sent).Nanoseconds())/1e3)
	}
}

func (p *probe) callOf(ctx context.Context, c command, queryType string) func() (int64, int64, error) {
	if c.Load.Stream != "" {
		request := &pluginv2.RunStreamRequest{PluginContext: c.Context.proto(), Path: c.Load.Stream}
		return func() (int64, int64, error) { return p.streamOnce(ctx, request) }
	}
	request := &pluginv2.QueryDataRequest{PluginContext: c.Context.proto(), Queries: queries([]query{{RefID: "A", QueryType: queryType,
		Model: map[string]any{"text": strings.Repeat("q", c.Load.RequestBytes)}}})}
	return func() (int64, int64, error) { return p.queryOnce(ctx, request, c.Load.Decode) }
}

func (p *probe) queryOnce(ctx context.Context, request *pluginv2.QueryDataRequest, decode bool) (int64, int64, error) {
	r, err := p.clients.data.QueryData(ctx, request)
	if err != nil {
		return 0, 0, err
	}
	if decode {
		if _, err := backend.FromProto().QueryDataResponse(r); err != nil {
			return 0, 0, err
		}
	}
	frames := r.Responses["A"].GetFrames()
	if len(frames) != 1 {
		return 0, 0, fmt.Errorf("%d frames came back, not 1", len(frames))
	}
	return 1, int64(len(frames[0])), nil
}

func (p *probe) streamOnce(ctx context.Context, request *pluginv2.RunStreamRequest) (operations, bytes int64, err error) {
	stream, err := p.clients.stream.RunStream(ctx, request)
	for err == nil {
		var packet *pluginv2.StreamPacket
		if packet, err = stream.Recv(); err == nil {
			operations, bytes = operations+1, bytes+int64(len(packet.Data))
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return operations, bytes, err
}

// cpuUs is the time all threads of a process have spent on a CPU (Linux).
func cpuUs(pid int) float64 {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	total := 0.0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has just ended
		}
		ns, _ := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
		total += ns / 1e3
	}
	return total
}

func peakRss(pid int) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	var kib int64
	_, _ = fmt.Sscan(after, &kib)
	return kib * 1024
}
