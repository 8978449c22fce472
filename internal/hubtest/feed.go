package hubtest

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"tocsin.example"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/event"
)

// feed runs a log through an engine, line by line, and returns its overflows, whitelisted ones too.
func (r *Runner) feed(ctx context.Context, engine *detect.Engine, rec *recorder, c *config, src, log string) ([]*event.View, error) {
	labels := map[string]string{}
	maps.Copy(labels, c.Labels)
	labels["type"] = c.LogType
	var overflows []*event.View
	core := engine.NewCore(rec)
	core.OnOverflow = func(ev *event.Event) {
		overflows = append(overflows, &ev.Copy().View)
	}
	worker, item := engine.NewWorker(nil, rec), engine.NewItem()
	num := uint64(0)
	for line := range strings.SplitSeq(log, "\n") {
		if num%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		num++
		worker.Work(item, num, &tocsin.Line{
			Raw: line, Src: src, Module: "file", Labels: labels, Time: r.Now, Clock: tocsin.EventClock,
		})
		core.Settle(item)
		if rec.count > maxRecords || len(overflows) > maxRecords {
			return nil, fmt.Errorf("the log makes more than %d results: use a shorter one", maxRecords)
		}
	}
	core.Finish()
	return overflows, nil
}
