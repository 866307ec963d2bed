package main

import (
	"encoding/json"
	"math"
	"math/rand"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// columns makes n values of one kind, edge values first, as they are and with about every fifth null.
func columns[T any](r *rand.Rand, n int, edges []T, random func() T) (plain []T, nullable []*T) {
	plain, nullable = make([]T, n), make([]*T, n)
	for i := range plain {
		if i < len(edges) {
			plain[i] = edges[i]
		} else {
			plain[i] = random()
		}
		if v := plain[i]; r.Intn(5) != 0 {
			nullable[i] = &v
		}
	}
	return plain, nullable
}

// kindsFrame has every kind, nullable and not.
func kindsFrame(n int) *data.Frame {
	r := rand.New(rand.NewSource(int64(n)))
	f := data.NewFrame("kinds ☂")
	f.RefID = "A"
	add := func(name string, plain, nullable any) {
		f.Fields = append(f.Fields, data.NewField(name, data.Labels{"host": "ä", "dc": "eu"}, plain), data.NewField(name+"?", nil, nullable))
	}
	i8, i8n := columns(r, n, []int8{0, -1, 127, -128}, func() int8 { return int8(r.Uint32()) })
	add("int8", i8, i8n)
	i16, i16n := columns(r, n, []int16{0, -1, 32767, -32768}, func() int16 { return int16(r.Uint32()) })
	add("int16", i16, i16n)
	i32, i32n := columns(r, n, []int32{0, -1, math.MaxInt32, math.MinInt32}, func() int32 { return int32(r.Uint32()) })
	add("int32", i32, i32n)
	i64, i64n := columns(r, n, []int64{math.MaxInt64, math.MinInt64, 0, -1, 1<<53 + 1, -1<<53 - 1}, func() int64 { return int64(r.Uint64()) >> uint(r.Intn(64)) })
	add("int64", i64, i64n)
	u8, u8n := columns(r, n, []uint8{0, 255}, func() uint8 { return uint8(r.Uint32()) })
	add("uint8", u8, u8n)
	u16, u16n := columns(r, n, []uint16{0, 65535}, func() uint16 { return uint16(r.Uint32()) })
	add("uint16", u16, u16n)
	u32, u32n := columns(r, n, []uint32{0, math.MaxUint32}, r.Uint32)
	add("uint32", u32, u32n)
	u64, u64n := columns(r, n, []uint64{math.MaxUint64, 0, 1 << 63, 1<<53 + 1}, func() uint64 { return r.Uint64() >> uint(r.Intn(64)) })
	add("uint64", u64, u64n)
	f32, f32n := columns(r, n, []float32{0.1, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32, math.MaxFloat32}, func() float32 { return math.Float32frombits(r.Uint32()) })
	add("float32", f32, f32n)
	f64, f64n := columns(r, n, []float64{0.1, math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), math.SmallestNonzeroFloat64, math.MaxFloat64, 1e21, 1e-7, 123456789.125}, func() float64 {
		if r.Intn(2) == 0 {
			return float64(r.Intn(1000000)) / 100
		}
		return math.Float64frombits(r.Uint64())
	})
	add("float64", f64, f64n)
	text, textn := columns(r, n, []string{"", "plain", "é日本😀"}, func() string { return randomText(r) })
	add("string", text, textn)
	flag, flagn := columns(r, n, []bool{true, false}, func() bool { return r.Intn(2) == 0 })
	add("bool", flag, flagn)
	at, atn := columns(r, n, []time.Time{time.Unix(0, math.MaxInt64), time.Unix(0, math.MinInt64), time.Unix(0, -1), time.Unix(0, 0), time.Unix(1700000000, 123456789)}, func() time.Time { return time.Unix(0, int64(r.Uint64())>>uint(r.Intn(40))).UTC() })
	add("time", at, atn)
	raw, rawn := columns(r, n, []json.RawMessage{json.RawMessage(`{"a":1}`), json.RawMessage(`[1,"é",null]`), json.RawMessage(`"text"`)}, func() json.RawMessage {
		text, _ := json.Marshal(map[string]any{"n": r.Intn(100), "t": randomText(r)})
		return text
	})
	add("json", raw, rawn)
	enum, enumn := columns(r, n, []data.EnumItemIndex{0, 65535}, func() data.EnumItemIndex { return data.EnumItemIndex(r.Intn(100)) })
	add("enum", enum, enumn)
	return f
}

var alphabet = []string{"é", "日本", `"`, `\`, "\n", "\t", "<b>", "&", "\u2028", "😀", "\x01", "plain", " ", "\ufeff"}

func randomText(r *rand.Rand) string {
	var text strings.Builder
	for i := r.Intn(4); i > 0; i-- {
		text.WriteString(alphabet[r.Intn(len(alphabet))])
	}
	return text.String()
}

// specialsFrame has columns where only some rows, only the last row, or all rows are no ordinary numbers.
func specialsFrame() *data.Frame {
	nan, inf, neg := math.NaN(), math.Inf(1), math.Inf(-1)
	nan32, inf32, neg32 := float32(nan), float32(inf), float32(neg)
	last := make([]float64, 9)
	last[8] = neg
	return data.NewFrame("specials",
		data.NewField("all", nil, []float64{nan, inf, neg, nan, inf, neg, nan, inf, neg}),
		data.NewField("none", nil, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8}),
		data.NewField("last", nil, last),
		data.NewField("nullable", nil, []*float64{&nan, nil, &inf, nil, &neg, nil, nil, nil, &nan}),
		data.NewField("single", nil, []*float32{&nan32, nil, &inf32, nil, &neg32, nil, nil, nil, &nan32}),
		data.NewField("powers", nil, []float64{1e20, 1e21, 1e22, -1e21, 1e-6, 1e-7, 1e100, 2.2250738585072014e-308, 4.9e-324}),
		data.NewField("short", nil, []float64{0.001, 0.01, 0.1, 1.005, -2.5, 99999.999, 1 << 53, -(1 << 53), 0.30000000000000004}))
}

// nullsFrame has columns of nothing but null, and text that is empty, not null.
func nullsFrame() *data.Frame {
	empty, blank, word := "", " ", "null"
	zero, no := int64(0), false
	raw, null := json.RawMessage(`{}`), json.RawMessage(`null`)
	return data.NewFrame("nulls",
		data.NewField("text", nil, []*string{&empty, nil, &blank, &word, nil, &empty}),
		data.NewField("not null", nil, []string{"", "", " ", "null", "", ""}),
		data.NewField("no text", nil, make([]*string, 6)),
		data.NewField("no number", nil, make([]*float64, 6)),
		data.NewField("no time", nil, make([]*time.Time, 6)),
		data.NewField("no bool", nil, make([]*bool, 6)),
		data.NewField("zero", nil, []*int64{&zero, nil, &zero, nil, &zero, nil}),
		data.NewField("false", nil, []*bool{&no, nil, &no, nil, &no, nil}),
		data.NewField("json", nil, []json.RawMessage{raw, nil, json.RawMessage(``), null, raw, nil}),
		data.NewField("json?", nil, []*json.RawMessage{&raw, nil, &null, nil, &raw, nil}))
}

func textsFrame() *data.Frame {
	all := make([]rune, 0, 300)
	for c := rune(0); c < 256; c++ {
		all = append(all, c)
	}
	texts := []string{
		string(all), strings.Repeat("x", 300), strings.Repeat("é", 200), "\u2028\u2029\u0000", "</script>", "a\x80b", "\xff\xfe", "\xed\xa0\x80",
		"😀", "\xf0\x9f\x98", "e\u0301", "𝒳", "\u200e\u202e", "-", "1e5", "true", "\\u0041", "\\", `"`, "/",
	}
	raw := []json.RawMessage{}
	for i := range texts {
		raw = append(raw, []json.RawMessage{
			json.RawMessage(`{"a": 1}`), json.RawMessage(`[1,  2]`), json.RawMessage(`9007199254740993`), json.RawMessage(`1e400`), json.RawMessage(`{"k":"<&>"}`),
			json.RawMessage(`"\u00e9\ud83d\ude00"`), json.RawMessage(`{"n":1e400}`), json.RawMessage(`-0.0`), json.RawMessage(`{"deep":[[[[{"a":[]}]]]]}`), json.RawMessage(`""`),
		}[i%10])
	}
	return data.NewFrame("texts", data.NewField("text", nil, texts), data.NewField("json", nil, raw))
}

func timesFrame() *data.Frame {
	whole, mixed, nullable := []time.Time{}, []time.Time{}, []*time.Time{}
	for i := int64(-3); i <= 3; i++ {
		at := time.UnixMilli(i * 1000)
		whole = append(whole, at.UTC())
		mixed = append(mixed, time.Unix(0, i*333_333_333))
		nullable = append(nullable, &mixed[len(mixed)-1], nil)
	}
	zone := time.FixedZone("UTC+5:30", 19800)
	return data.NewFrame("times",
		data.NewField("whole", nil, append(whole, whole...)),
		data.NewField("mixed", nil, append(mixed, time.Date(2024, 2, 29, 23, 59, 59, 999999999, zone), time.Date(1700, 1, 1, 0, 0, 0, 1, zone), time.Unix(0, 999999), time.Unix(0, 1000000), time.Unix(0, -1000000), time.Unix(0, -1000001), time.UnixMilli(-1))),
		data.NewField("nullable", nil, nullable))
}
