package main

import (
	"context"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/emptypb"
)

type answer = map[string]any

// run performs one command and adds how long it took.
func (p *probe) run(c command) answer {
	ops := map[string]func(context.Context, command) answer{
		"health": p.health, "metrics": p.metrics, "query": p.query, "chunked": p.chunked, "resource": p.resource,
		"subscribe": p.subscribe, "publish": p.publish, "stream": p.runStream, "convert": p.convert, "validate": p.admit, "mutate": p.admit, "unknown": p.unknown,
		"ping": p.ping, "many": p.many, "logs": p.logged, "kill": p.kill, "load": p.load,
	}
	op := ops[c.Op]
	if op == nil {
		return answer{"badCommand": "no op " + c.Op}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if c.TimeoutMs > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, time.Duration(c.TimeoutMs)*time.Millisecond)
		defer stop()
	}
	if c.CancelAfterMs > 0 {
		timer := time.AfterFunc(time.Duration(c.CancelAfterMs)*time.Millisecond, cancel)
		defer timer.Stop()
	}
	for k, v := range c.Metadata {
		ctx = metadata.AppendToOutgoingContext(ctx, k, v)
	}
	began := time.Now()
	out := op(ctx, c)
	out["ms"] = time.Since(began).Milliseconds()
	return out
}

func (p *probe) health(ctx context.Context, c command) answer {
	r, err := p.clients.diagnostics.CheckHealth(ctx, &pluginv2.CheckHealthRequest{PluginContext: c.Context.proto(), Headers: c.Headers})
	if err != nil {
		return failure(err)
	}
	return answer{"status": r.Status.String(), "message": r.Message, "details": string(r.JsonDetails)}
}

func (p *probe) metrics(ctx context.Context, c command) answer {
	r, err := p.clients.diagnostics.CollectMetrics(ctx, &pluginv2.CollectMetricsRequest{PluginContext: c.Context.proto()})
	if err != nil {
		return failure(err)
	}
	return answer{"text": string(r.GetMetrics().GetPrometheus())}
}

func (p *probe) query(ctx context.Context, c command) answer {
	r, err := p.clients.data.QueryData(ctx, &pluginv2.QueryDataRequest{PluginContext: c.Context.proto(), Headers: c.Headers,
		Queries: queries(c.Queries), Format: c.Format})
	if err != nil {
		return failure(err)
	}
	all := answer{}
	for refID, one := range r.Responses {
		all[refID] = dataResponse(one)
	}
	return answer{"responses": all}
}

func (p *probe) chunked(ctx context.Context, c command) answer {
	stream, err := p.clients.data.QueryChunkedData(ctx, &pluginv2.QueryChunkedDataRequest{PluginContext: c.Context.proto(),
		Headers: c.Headers, Queries: queries(c.Queries), Format: c.Format})
	if err != nil {
		return failure(err)
	}
	items := []any{}
	for {
		item, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return answer{"items": items}
		}
		if err != nil {
			return withEnd(answer{"items": items}, err)
		}
		items = append(items, chunk(item))
	}
}

// resource keeps each part of the answer apart, with the time at which it came.
func (p *probe) resource(ctx context.Context, c command) answer {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req := &pluginv2.CallResourceRequest{PluginContext: c.Context.proto(), Path: c.Path, Method: c.Method, Url: c.URL,
		Headers: map[string]*pluginv2.StringList{}, Body: []byte(c.Body)}
	if req.Method == "" {
		req.Method = "GET"
	}
	if req.Url == "" {
		req.Url = c.Path
	}
	if c.BodyBytes > 0 {
		req.Body = []byte(strings.Repeat("x", c.BodyBytes))
	}
	for k, v := range c.HTTPHeaders {
		req.Headers[k] = &pluginv2.StringList{Values: v}
	}
	began := time.Now()
	parts := []any{}
	stream, err := p.clients.resource.CallResource(ctx, req)
	for err == nil {
		var r *pluginv2.CallResourceResponse
		if r, err = stream.Recv(); err != nil {
			break
		}
		headers := map[string][]string{}
		for k, v := range r.Headers {
			headers[k] = v.Values
		}
		part := answer{"code": r.Code, "headers": headers, "bytes": len(r.Body), "crc32": crc32.ChecksumIEEE(r.Body),
			"atMs": time.Since(began).Milliseconds()}
		if len(r.Body) <= 4096 {
			part["body"] = string(r.Body)
		}
		if c.Max == 0 || len(parts) < c.Max {
			parts = append(parts, part)
		}
		if c.Max > 0 && len(parts) == c.Max {
			cancel()
		}
	}
	return withEnd(answer{"parts": parts}, err)
}

func (p *probe) subscribe(ctx context.Context, c command) answer {
	r, err := p.clients.stream.SubscribeStream(ctx, &pluginv2.SubscribeStreamRequest{PluginContext: c.Context.proto(), Path: c.Path, Data: []byte(c.Data)})
	if err != nil {
		return failure(err)
	}
	return answer{"status": r.Status.String(), "data": string(r.Data)}
}

func (p *probe) publish(ctx context.Context, c command) answer {
	r, err := p.clients.stream.PublishStream(ctx, &pluginv2.PublishStreamRequest{PluginContext: c.Context.proto(), Path: c.Path, Data: []byte(c.Data)})
	if err != nil {
		return failure(err)
	}
	return answer{"status": r.Status.String(), "data": string(r.Data)}
}

func (p *probe) runStream(ctx context.Context, c command) answer {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	packets := []string{}
	stream, err := p.clients.stream.RunStream(ctx, &pluginv2.RunStreamRequest{PluginContext: c.Context.proto(), Path: c.Path, Data: []byte(c.Data)})
	for err == nil {
		var packet *pluginv2.StreamPacket
		if packet, err = stream.Recv(); err != nil {
			break
		}
		if c.Max == 0 || len(packets) < c.Max {
			packets = append(packets, string(packet.Data))
		}
		if c.Max > 0 && len(packets) == c.Max {
			cancel()
		}
	}
	return withEnd(answer{"packets": packets}, err)
}

func withEnd(out answer, err error) answer {
	if !errors.Is(err, io.EOF) {
		for k, v := range failure(err) {
			out[k] = v
		}
	}
	return out
}

func (p *probe) admit(ctx context.Context, c command) answer {
	req := &pluginv2.AdmissionRequest{PluginContext: c.Context.proto(), Operation: pluginv2.AdmissionRequest_Operation(c.Operation),
		Kind: &pluginv2.GroupVersionKind{Group: "conformance", Version: "v1", Kind: c.Kind}, ObjectBytes: []byte(c.Object), OldObjectBytes: []byte(c.OldObject)}
	if c.Op == "validate" {
		r, err := p.clients.admission.ValidateAdmission(ctx, req)
		if err != nil {
			return failure(err)
		}
		return answer{"allowed": r.Allowed, "warnings": texts(r.Warnings), "result": result(r.Result)}
	}
	r, err := p.clients.admission.MutateAdmission(ctx, req)
	if err != nil {
		return failure(err)
	}
	return answer{"allowed": r.Allowed, "warnings": texts(r.Warnings), "result": result(r.Result), "object": string(r.ObjectBytes)}
}

func texts(all []string) []string { return append([]string{}, all...) }

func result(r *pluginv2.StatusResult) any {
	if r == nil {
		return nil
	}
	return answer{"status": r.Status, "message": r.Message, "code": r.Code}
}

func (p *probe) convert(ctx context.Context, c command) answer {
	req := &pluginv2.ConversionRequest{PluginContext: c.Context.proto(), Uid: "1",
		TargetVersion: &pluginv2.GroupVersion{Group: "conformance", Version: "v1"}}
	for _, o := range c.Objects {
		req.Objects = append(req.Objects, &pluginv2.RawObject{Raw: []byte(o.Raw), ContentType: o.ContentType})
	}
	r, err := p.clients.conversion.ConvertObjects(ctx, req)
	if err != nil {
		return failure(err)
	}
	objects := []object{}
	for _, o := range r.Objects {
		objects = append(objects, object{Raw: string(o.Raw), ContentType: o.ContentType})
	}
	return answer{"objects": objects}
}

// unknown calls a full method path with data as the bytes of its message.
func (p *probe) unknown(ctx context.Context, c command) answer {
	in, out := &emptypb.Empty{}, &emptypb.Empty{}
	in.ProtoReflect().SetUnknown([]byte(c.Data))
	if err := p.conn.Invoke(ctx, c.Path, in, out); err != nil {
		return failure(err)
	}
	return answer{"data": string(out.ProtoReflect().GetUnknown())}
}

func (p *probe) ping(context.Context, command) answer {
	rpc, err := p.client.Client()
	if err == nil {
		err = rpc.Ping()
	}
	if err != nil {
		return failure(err)
	}
	return answer{"ok": true}
}

// many performs one command count times, so many or all at once, and counts the answers by their error.
func (p *probe) many(_ context.Context, c command) answer {
	var wg sync.WaitGroup
	var mu sync.Mutex
	ends := map[string]int{}
	if c.InFlight == 0 {
		c.InFlight = c.Count
	}
	turns := make(chan struct{}, c.InFlight)
	for i := 0; i < c.Count; i++ {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			end := "ok"
			if e, ok := p.run(*c.Call)["error"].(answer); ok {
				end = e["code"].(string)
			}
			mu.Lock()
			defer mu.Unlock()
			ends[end]++
		})
	}
	wg.Wait()
	return answer{"ends": ends}
}

func (p *probe) logged(context.Context, command) answer { return answer{"entries": p.logs.entries()} }

// kill stops the plugin as Grafana does, and says how it went.
func (p *probe) kill(context.Context, command) answer {
	p.client.Kill()
	return answer{"exitCode": p.cmd.ProcessState.ExitCode(), "forced": p.logs.has("plugin failed to exit gracefully"),
		"exited": p.client.Exited()}
}
