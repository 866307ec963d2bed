package main

import (
	"encoding/json"
	"strings"
	"sync"

	"github.com/hashicorp/go-hclog"
)

// logSink keeps everything that is logged, the plugin's lines and go-plugin's own, as fields.
type logSink struct {
	logger hclog.Logger
	mu     sync.Mutex
	lines  []map[string]any
}

func newLogSink() *logSink {
	s := &logSink{lines: []map[string]any{}}
	s.logger = hclog.New(&hclog.LoggerOptions{Name: "probe", Level: hclog.Trace, Output: s, JSONFormat: true})
	return s
}

// Write takes one line of hclog's JSON.
func (s *logSink) Write(line []byte) (int, error) {
	var entry map[string]any
	if err := json.Unmarshal(line, &entry); err != nil {
		entry = map[string]any{"@message": string(line)}
	}
	delete(entry, "@timestamp")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, entry)
	return len(line), nil
}

func (s *logSink) entries() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]map[string]any{}, s.lines...)
}

func (s *logSink) has(message string) bool {
	for _, entry := range s.entries() {
		if text, _ := entry["@message"].(string); strings.Contains(text, message) {
			return true
		}
	}
	return false
}
