// Command framebench is the genuine side of `npm run bench -- frames`.
//
//	framebench -generate FOLDER   writes the seeded corpus, <shape>-<rows>.arrow
//	framebench FOLDER             answers JSON lines on stdin with measurements on stdout, until stdin ends
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	jsoniter "github.com/json-iterator/go"
)

// work is one line of stdin: repeat an operation on a file of the corpus, uncounted for warmUpMs (not at all when 0) and
// then counted for durationMs, once at least.
type work struct {
	Op         string `json:"op"` // json, direct, pack or values
	File       string `json:"file"`
	WarmUpMs   int    `json:"warmUpMs"`
	DurationMs int    `json:"durationMs"`
}

// measurement is one line of stdout, as bench/method/types.ts has it; there is one process, so the plugin costs nothing.
type measurement struct {
	Calls            int     `json:"calls"`
	Bytes            int     `json:"bytes"`
	WallUs           float64 `json:"wallUs"`
	P50Us            float64 `json:"p50Us"`
	P99Us            float64 `json:"p99Us"`
	HostCpuUs        float64 `json:"hostCpuUs"`
	PluginCpuUs      float64 `json:"pluginCpuUs"`
	HostPeakRssBytes int64   `json:"hostPeakRssBytes"`
}

func main() {
	generate := flag.Bool("generate", false, "write the corpus")
	flag.Parse()
	folder := flag.Arg(0)
	if *generate {
		check(writeCorpus(folder))
		return
	}
	out := json.NewEncoder(os.Stdout)
	check(out.Encode(map[string]bool{"ready": true}))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var w work
		check(json.Unmarshal(lines.Bytes(), &w))
		run, err := prepare(w.Op, filepath.Join(folder, w.File))
		if err == nil {
			var m measurement
			if m, err = measure(run, w); err == nil {
				check(out.Encode(m))
				continue
			}
		}
		check(out.Encode(map[string]string{"error": err.Error()}))
	}
}

// prepare reads a file and returns an operation on it, which returns the bytes it made or read.
func prepare(op string, path string) (func() (int, error), error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	switch op {
	case "json":
		var body bytes.Buffer
		return func() (int, error) { return hostJSON(file, &body) }, nil
	case "direct":
		return func() (int, error) {
			text, err := data.ArrowBufferToJSON(file, data.IncludeAll)
			return len(text), err
		}, nil
	case "values":
		return func() (int, error) {
			_, err := data.UnmarshalArrowFrame(file)
			return len(file), err
		}, nil
	case "pack":
		frame, err := data.UnmarshalArrowFrame(file)
		return func() (int, error) {
			packed, err := frame.MarshalArrow()
			return len(packed), err
		}, err
	}
	return nil, fmt.Errorf("unknown op %q", op)
}

// hostJSON is what Grafana does with the frames of an answer: decode them, and encode the whole answer. The memory of the
// answer is used again, as our side does it.
func hostJSON(file []byte, body *bytes.Buffer) (int, error) {
	frames, err := data.UnmarshalArrowFrames([][]byte{file})
	if err != nil {
		return 0, err
	}
	response := backend.QueryDataResponse{Responses: backend.Responses{"A": backend.DataResponse{Frames: frames, Status: 200}}}
	body.Reset()
	err = jsoniter.ConfigCompatibleWithStandardLibrary.NewEncoder(body).Encode(&response)
	return body.Len(), err
}

func measure(run func() (int, error), w work) (measurement, error) {
	runtime.GC()
	if w.WarmUpMs > 0 {
		if _, _, err := repeat(run, w.WarmUpMs); err != nil {
			return measurement{}, err
		}
	}
	var m measurement
	var err error
	cpu, began := cpuUs(), time.Now()
	if m.Calls, m.Bytes, err = repeat(run, w.DurationMs); err != nil {
		return m, err
	}
	m.WallUs = float64(time.Since(began).Nanoseconds()) / 1e3
	m.HostCpuUs = cpuUs() - cpu
	m.P50Us = m.WallUs / float64(m.Calls)
	m.P99Us = m.P50Us
	m.HostPeakRssBytes = usage().Maxrss * 1024
	return m, nil
}

// repeat runs an operation for so long, once at least.
func repeat(run func() (int, error), forMs int) (calls, bytes int, err error) {
	began := time.Now()
	for calls == 0 || time.Since(began) < time.Duration(forMs)*time.Millisecond {
		n, err := run()
		if err != nil {
			return calls, bytes, err
		}
		calls++
		bytes += n
	}
	return calls, bytes, nil
}

// cpuUs is the time that all threads have spent on a CPU, garbage collection included.
func cpuUs() float64 {
	u := usage()
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e3
}

func usage() syscall.Rusage {
	var u syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return u
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
