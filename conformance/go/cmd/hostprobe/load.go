package main

import (
	"context"
	"fmt"
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

// load is what the benchmark asks for; bench/variants/host-process.ts measures the same for our host.
type load struct {
	QueryType    string `json:"queryType"`    // for bench-datasource: bytes of the answer's values
	RequestBytes int    `json:"requestBytes"` // bytes of the query JSON
	InFlight     int    `json:"inFlight"`
	DurationMs   int    `json:"durationMs"`
	Decode       bool   `json:"decode"` // frames too, as Grafana does
}

// load repeats one query and reports counts, times and CPU of both processes in microseconds.
func (p *probe) load(ctx context.Context, c command) answer {
	request := &pluginv2.QueryDataRequest{PluginContext: c.Context.proto(), Queries: queries([]query{{RefID: "A", QueryType: c.Load.QueryType,
		Model: map[string]any{"text": strings.Repeat("q", c.Load.RequestBytes)}}})}
	latencies := make([][]float64, c.Load.InFlight)
	bytes := make([]int64, c.Load.InFlight)
	failures := make([]error, c.Load.InFlight)
	host, plugin, began := cpuUs(os.Getpid()), cpuUs(p.pid), time.Now()
	end := began.Add(time.Duration(c.Load.DurationMs) * time.Millisecond)
	var wg sync.WaitGroup
	for w := range latencies {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for failures[w] == nil && time.Now().Before(end) {
				sent := time.Now()
				bytes[w], failures[w] = p.loadOnce(ctx, request, c.Load.Decode, bytes[w])
				latencies[w] = append(latencies[w], float64(time.Since(sent).Nanoseconds())/1e3)
			}
		}()
	}
	wg.Wait()
	wall := float64(time.Since(began).Nanoseconds()) / 1e3
	out := answer{"wallUs": wall, "hostCpuUs": cpuUs(os.Getpid()) - host, "pluginCpuUs": cpuUs(p.pid) - plugin,
		"hostPeakRssBytes": peakRss(os.Getpid())}
	var all []float64
	var total int64
	for w := range latencies {
		all, total = append(all, latencies[w]...), total+bytes[w]
		if failures[w] != nil {
			return failure(failures[w])
		}
	}
	sort.Float64s(all)
	at := func(q float64) float64 { return all[int(q*float64(len(all)-1))] }
	out["calls"], out["bytes"], out["p50Us"], out["p99Us"] = len(all), total, at(0.5), at(0.99)
	return out
}

func (p *probe) loadOnce(ctx context.Context, request *pluginv2.QueryDataRequest, decode bool, total int64) (int64, error) {
	r, err := p.clients.data.QueryData(ctx, request)
	if err != nil {
		return total, err
	}
	if decode {
		if _, err := backend.FromProto().QueryDataResponse(r); err != nil {
			return total, err
		}
	}
	frames := r.Responses["A"].GetFrames()
	if len(frames) != 1 {
		return total, fmt.Errorf("%d frames came back, not 1", len(frames))
	}
	return total + int64(len(frames[0])), nil
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
