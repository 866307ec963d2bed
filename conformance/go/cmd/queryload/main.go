// queryload starts a server and asks it queries over HTTP, as the benchmark of servers tells it: JSON lines on stdin,
// measurements as JSON lines on stdout. The server is asked nothing else meanwhile, and answers are thrown away.
//
//	usage: queryload BASE AUTHORIZATION COMMAND [ARGUMENT...]
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

type work struct {
	// Kind is query, or start for how the server came up.
	Kind     string `json:"kind"`
	Body     string `json:"body"`
	InFlight int    `json:"inFlight"`
	// DurationMs is how long it is asked; at least one request per client is made.
	DurationMs int64 `json:"durationMs"`
	// Extra makes the peak of the memory count above what was in use before.
	Extra bool `json:"extra"`
}

type measurement struct {
	Calls     int     `json:"calls"`
	Bytes     int64   `json:"bytes"`
	WallUs    float64 `json:"wallUs"`
	P50       float64 `json:"p50Us"`
	P99       float64 `json:"p99Us"`
	HostCPU   float64 `json:"hostCpuUs"`
	PluginCPU float64 `json:"pluginCpuUs"`
	PeakRSS   int64   `json:"hostPeakRssBytes"`
}

type load struct {
	base, authorization string
	pid                 int
	readyUs             float64
	idleRSS             int64
	client              *http.Client
}

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: queryload BASE AUTHORIZATION COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	cmd := exec.Command(os.Args[3], os.Args[4:]...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		answer(map[string]any{"ready": false, "error": err.Error()})
		os.Exit(1)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	l := &load{base: os.Args[1], authorization: os.Args[2], pid: cmd.Process.Pid, client: &http.Client{Transport: transport}}
	if err := l.untilReady(began); err != nil {
		answer(map[string]any{"ready": false, "error": err.Error()})
		_ = cmd.Process.Kill()
		os.Exit(1)
	}
	answer(map[string]any{"ready": true, "pid": l.pid})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var w work
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			answer(map[string]any{"error": err.Error()})
			continue
		}
		if m, err := l.measure(w); err != nil {
			answer(map[string]any{"error": err.Error()})
		} else {
			answer(m)
		}
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
}

func (l *load) untilReady(began time.Time) error {
	for time.Since(began) < time.Minute {
		res, err := l.client.Get(l.base + "/api/health")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				l.readyUs = micros(time.Since(began))
				time.Sleep(2 * time.Second) // what starting left behind is collected
				l.idleRSS = status(l.pid, "VmRSS")
				return nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return fmt.Errorf("no answer from %s/api/health in a minute", l.base)
}

func (l *load) measure(w work) (*measurement, error) {
	if w.Kind == "start" {
		return &measurement{Calls: 1, WallUs: l.readyUs, P50: l.readyUs, P99: l.readyUs, PeakRSS: l.idleRSS}, nil
	}
	before := status(l.pid, "VmRSS")
	// 5 sets the peak back to what is in use.
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", l.pid), []byte("5"), 0)
	plugins := children(l.pid)
	host, plugin := cpu(l.pid), cpu(plugins...)
	var mu sync.Mutex
	var all []float64
	var bytes int64
	var failed error
	var wg sync.WaitGroup
	began := time.Now()
	for range w.InFlight {
		wg.Go(func() {
			var own []float64
			var read int64
			for {
				sent := time.Now()
				n, err := l.ask(w.Body)
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				own = append(own, micros(time.Since(sent)))
				read += n
				if time.Since(began).Milliseconds() >= w.DurationMs {
					break
				}
			}
			mu.Lock()
			all, bytes = append(all, own...), bytes+read
			mu.Unlock()
		})
	}
	wg.Wait()
	if failed != nil {
		return nil, failed
	}
	m := &measurement{Calls: len(all), Bytes: bytes, WallUs: micros(time.Since(began)), HostCPU: cpu(l.pid) - host, PluginCPU: cpu(plugins...) - plugin}
	sort.Float64s(all)
	m.P50, m.P99 = all[(len(all)-1)/2], all[(len(all)-1)*99/100]
	m.PeakRSS = status(l.pid, "VmHWM")
	if w.Extra {
		m.PeakRSS = max(m.PeakRSS-before, 1)
	}
	return m, nil
}

func (l *load) ask(body string) (int64, error) {
	req, err := http.NewRequest("POST", l.base+"/api/ds/query", strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if l.authorization != "" {
		req.Header.Set("Authorization", l.authorization)
	}
	res, err := l.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s", l.base, res.Status)
	}
	return n, err
}

// children are the processes below one, in any depth.
func children(pid int) []int {
	parents := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has just ended
		}
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		parent, _ := strconv.Atoi(fields[1])
		parents[parent] = append(parents[parent], child)
	}
	var all []int
	for queue := parents[pid]; len(queue) > 0; queue = queue[1:] {
		all = append(all, queue[0])
		queue = append(queue, parents[queue[0]]...)
	}
	return all
}

// cpu is the time that all threads of processes have spent on a processor, in microseconds.
func cpu(pids ...int) float64 {
	var ns float64
	for _, pid := range pids {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil {
				n, _ := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
				ns += n
			}
		}
	}
	return ns / 1000
}

// status reads a size from /proc/PID/status, in bytes.
func status(pid int, key string) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, key+":"); ok {
			kib, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib * 1024
		}
	}
	return 0
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func answer(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		text = []byte(`{"error":"` + err.Error() + `"}`)
	}
	fmt.Println(string(text))
}
