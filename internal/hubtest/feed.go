package hubtest

import (
	"context"
	"fmt"
	"strings"

	"tocsin.example"
	"tocsin.example/internal/event"
	"tocsin.example/internal/poison"
)

// feed runs a test's log through its engine, line by line, and returns its overflows, whitelisted ones too.
func (r *Runner) feed(ctx context.Context, l *Loaded, rec *recorder) ([]*event.View, error) {
	var overflows []*event.View
	core := l.Engine.NewCore(rec)
	core.OnOverflow = func(ev *event.Event) {
		overflows = append(overflows, &ev.Copy().View)
	}
	worker, item := l.Engine.NewWorker(nil, rec), l.Engine.NewItem()
	num := uint64(0)
	for line := range strings.SplitSeq(l.Log, "\n") {
		if num%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		num++
		text, end := poison.Copy(line)
		worker.Work(item, num, &tocsin.Line{
			Raw: text, Src: l.Src, Module: "file", Labels: l.Labels, Time: r.Now, Clock: tocsin.EventClock,
		})
		core.Settle(item)
		end()
		if rec.count > maxRecords || len(overflows) > maxRecords {
			return nil, fmt.Errorf("the log makes more than %d results: use a shorter one", maxRecords)
		}
	}
	core.Finish()
	return overflows, nil
}
