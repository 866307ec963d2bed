package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/hashicorp/go-hclog"
)

// entry is one log call as the host's logger received it.
type entry struct {
	Level   string         `json:"level"`
	Message string         `json:"message"`
	Logger  string         `json:"logger"`
	Fields  map[string]any `json:"fields"`
}

// logSink keeps everything that is logged, the plugin's lines and go-plugin's own.
type logSink struct {
	logger hclog.Logger
	mu     sync.Mutex
	kept   []entry
}

func newLogSink() *logSink {
	s := &logSink{kept: []entry{}}
	logger := hclog.NewInterceptLogger(&hclog.LoggerOptions{Name: "probe", Level: hclog.Trace, Output: io.Discard})
	logger.RegisterSink(s)
	s.logger = logger
	return s
}

// Accept takes one log call.
func (s *logSink) Accept(name string, level hclog.Level, message string, args ...any) {
	fields := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		key, value := fmt.Sprint(args[i]), args[i+1]
		if _, err := json.Marshal(value); err != nil {
			value = fmt.Sprint(value)
		}
		fields[key] = value
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, entry{Level: level.String(), Message: message, Logger: name, Fields: fields})
}

func (s *logSink) entries() []entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]entry{}, s.kept...)
}

func (s *logSink) has(message string) bool {
	for _, e := range s.entries() {
		if strings.Contains(e.Message, message) {
			return true
		}
	}
	return false
}
