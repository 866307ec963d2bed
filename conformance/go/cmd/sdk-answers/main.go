// Command sdk-answers asks the genuine SDK about times and SQL macros: each line of stdin is a question, each line of
// stdout its answer, {"ns": …}, {"ms": …}, {"text": …} or {"error": …}. Run it with TZ=UTC.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"
	_ "time/tzdata" // zones are the same on every machine

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/gtime"
	"github.com/grafana/grafana-plugin-sdk-go/data/sqlutil"
)

type question struct {
	// duration, setting, format, round, minimum, time or macros.
	Op   string `json:"op"`
	Text string `json:"text"`
	Ns   int64  `json:"ns"`
	// minimum: the data source's and the query's interval.
	DataSource string `json:"dataSource"`
	QueryMs    int64  `json:"queryMs"`
	// time: when now is, and how words are meant; weekStart -1 and fiscal 0 stand for not given.
	NowMs     int64  `json:"nowMs"`
	RoundUp   bool   `json:"roundUp"`
	Zone      string `json:"zone"`
	WeekStart int    `json:"weekStart"`
	Fiscal    int    `json:"fiscal"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var q question
		answer := map[string]any{}
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := ask(q, answer); err != nil {
			answer = map[string]any{"error": err.Error()}
		}
		if err := out.Encode(answer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func ask(q question, answer map[string]any) error {
	var d time.Duration
	var err error
	switch q.Op {
	case "duration":
		d, err = gtime.ParseDuration(q.Text)
	case "setting":
		d, err = gtime.ParseIntervalStringToTimeDuration(q.Text)
	case "round":
		d = gtime.RoundInterval(time.Duration(q.Ns))
	case "minimum":
		d, err = gtime.GetIntervalFrom(q.DataSource, q.Text, q.QueryMs, time.Duration(q.Ns))
	case "format":
		answer["text"] = gtime.FormatInterval(time.Duration(q.Ns))
		return nil
	case "time":
		return askTime(q, answer)
	case "macros":
		answer["text"], err = sqlutil.Interpolate(&sqlutil.Query{
			RawSQL:    q.Text,
			Interval:  time.Duration(q.Ns),
			TimeRange: backend.TimeRange{From: time.UnixMilli(q.NowMs), To: time.UnixMilli(q.NowMs).Add(time.Hour)},
			Table:     "metrics",
			Column:    "v",
		}, sqlutil.Macros{})
		return err
	default:
		return fmt.Errorf("no op %q", q.Op)
	}
	answer["ns"] = fmt.Sprint(int64(d))
	return err
}

func askTime(q question, answer map[string]any) error {
	zone, err := time.LoadLocation(q.Zone)
	if err != nil {
		return err
	}
	options := []gtime.TimeRangeOption{gtime.WithLocation(zone)}
	if q.WeekStart >= 0 {
		options = append(options, gtime.WithWeekstart(time.Weekday(q.WeekStart)))
	}
	if q.Fiscal > 0 {
		options = append(options, gtime.WithFiscalStartMonth(time.Month(q.Fiscal)))
	}
	r := gtime.TimeRange{From: q.Text, To: q.Text, Now: time.UnixMilli(q.NowMs)}
	at, err := r.ParseFrom(options...)
	if q.RoundUp {
		at, err = r.ParseTo(options...)
	}
	answer["ms"] = at.UnixMilli()
	return err
}
