// sniffer stands between a host and a plugin: it passes their bytes on unchanged and tells every
// HTTP/2 frame as one JSON line on stdout. golang.org/x/net/http2 reads the frames, so neither
// side's own codec judges itself.
//
//	usage: sniffer LISTEN_SOCKET PLUGIN_SOCKET
//
// The first line is {"listening":true}. It ends when its stdin does.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// told is one frame, or what was wrong with it.
type told struct {
	Connection int         `json:"connection"`
	From       string      `json:"from"` // "host" or "plugin"
	AtMs       int64       `json:"atMs"`
	Type       string      `json:"type,omitempty"` // HEADERS, DATA, SETTINGS, PING, …
	Stream     uint32      `json:"stream"`
	EndStream  bool        `json:"endStream,omitempty"`
	Ack        bool        `json:"ack,omitempty"`
	Bytes      uint32      `json:"bytes"`
	Headers    [][2]string `json:"headers,omitempty"`
	Start      []byte      `json:"start,omitempty"` // the first bytes of DATA or PING
	Code       string      `json:"code,omitempty"`  // of RST_STREAM and GOAWAY
	Problem    string      `json:"problem,omitempty"`
}

const startBytes = 32

var (
	began = time.Now()
	mu    sync.Mutex
	out   = json.NewEncoder(os.Stdout)
)

func tell(v any) {
	mu.Lock()
	defer mu.Unlock()
	_ = out.Encode(v)
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: sniffer LISTEN_SOCKET PLUGIN_SOCKET")
		os.Exit(2)
	}
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = listener.Close()
		os.Exit(0)
	}()
	tell(map[string]bool{"listening": true})
	for connection := 1; ; connection++ {
		host, err := listener.Accept()
		if err != nil {
			return
		}
		go relay(connection, host)
	}
}

func relay(connection int, host net.Conn) {
	plugin, err := net.Dial("unix", os.Args[2])
	if err != nil {
		_ = host.Close()
		return
	}
	go pass(connection, "plugin", plugin, host)
	pass(connection, "host", host, plugin)
}

// pass moves bytes one way; a copy of them goes to the reader of frames.
func pass(connection int, from string, source, target net.Conn) {
	r, w := io.Pipe()
	go watch(connection, from, r)
	_, _ = io.Copy(target, io.TeeReader(source, w))
	_ = w.Close()
	_ = target.Close()
}

func watch(connection int, from string, r io.Reader) {
	// Whatever happens here, the bytes go on.
	defer func() { _, _ = io.Copy(io.Discard, r) }()
	if from == "host" {
		if _, err := io.CopyN(io.Discard, r, int64(len(http2.ClientPreface))); err != nil {
			return
		}
	}
	framer := http2.NewFramer(io.Discard, r)
	framer.SetMaxReadFrameSize(1<<24 - 1)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	for {
		frame, err := framer.ReadFrame()
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return
		}
		t := told{Connection: connection, From: from, AtMs: time.Since(began).Milliseconds()}
		if err != nil {
			t.Problem = err.Error()
			tell(t)
			return
		}
		describe(&t, frame)
		tell(t)
	}
}

func describe(t *told, frame http2.Frame) {
	h := frame.Header()
	t.Type, t.Stream, t.Bytes = h.Type.String(), h.StreamID, h.Length
	switch f := frame.(type) {
	case *http2.MetaHeadersFrame:
		t.EndStream = f.StreamEnded()
		for _, field := range f.Fields {
			t.Headers = append(t.Headers, [2]string{field.Name, field.Value})
		}
	case *http2.DataFrame:
		t.EndStream = f.StreamEnded()
		t.Start = append([]byte{}, f.Data()[:min(startBytes, len(f.Data()))]...)
	case *http2.PingFrame:
		t.Ack, t.Start = f.IsAck(), append([]byte{}, f.Data[:]...)
	case *http2.SettingsFrame:
		t.Ack = f.IsAck()
	case *http2.RSTStreamFrame:
		t.Code = f.ErrCode.String()
	case *http2.GoAwayFrame:
		t.Code = f.ErrCode.String()
	}
}
