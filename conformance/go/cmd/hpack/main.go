// Command hpack is golang.org/x/net's HPACK as an oracle: a task per line of stdin, an answer per line of stdout.
//
// {"op":"encode","steps":[{"table":N,"fields":[…]}]} → {"blocks":[…]}: one connection, a block per step; the table is resized before.
// {"op":"decode","table":N,"blocks":[…]} → {"lists":[…],"error":…}: one connection; ends at the first block that is refused.
//
// Fields are a flat list of names and values. They and blocks are base64, since they may be any octets.
// A name that starts with "!" is sent as sensitive, without the "!".
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log"
	"os"

	"golang.org/x/net/http2/hpack"
)

type step struct {
	Table  *uint32  `json:"table"`
	Fields [][]byte `json:"fields"`
}

type task struct {
	Op     string   `json:"op"`
	Steps  []step   `json:"steps"`
	Table  uint32   `json:"table"`
	Blocks [][]byte `json:"blocks"`
}

type answer struct {
	Blocks [][]byte   `json:"blocks,omitempty"`
	Lists  [][][]byte `json:"lists,omitempty"`
	Error  string     `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<30)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for lines.Scan() {
		var t task
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			log.Fatal(err)
		}
		if err := encoder.Encode(run(t)); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

func run(t task) answer {
	if t.Op == "encode" {
		return encode(t.Steps)
	}
	return decode(t.Table, t.Blocks)
}

func encode(steps []step) answer {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	encoder.SetMaxDynamicTableSizeLimit(1 << 20)
	blocks := [][]byte{}
	for _, step := range steps {
		if step.Table != nil {
			encoder.SetMaxDynamicTableSize(*step.Table)
		}
		block.Reset()
		for i := 0; i < len(step.Fields); i += 2 {
			name, sensitive := bytes.CutPrefix(step.Fields[i], []byte("!"))
			field := hpack.HeaderField{Name: string(name), Value: string(step.Fields[i+1]), Sensitive: sensitive}
			if err := encoder.WriteField(field); err != nil {
				return answer{Error: err.Error()}
			}
		}
		blocks = append(blocks, append([]byte{}, block.Bytes()...))
	}
	return answer{Blocks: blocks}
}

func decode(table uint32, blocks [][]byte) answer {
	decoder := hpack.NewDecoder(table, nil)
	lists := [][][]byte{}
	for _, block := range blocks {
		fields, err := decoder.DecodeFull(block)
		if err != nil {
			return answer{Lists: lists, Error: err.Error()}
		}
		list := [][]byte{}
		for _, field := range fields {
			list = append(list, []byte(field.Name), []byte(field.Value))
		}
		lists = append(lists, list)
	}
	return answer{Lists: lists}
}
