package hubtest

import (
	"maps"
	"slices"
	"sort"
	"strings"

	"tocsin.example/internal/event"
)

// ParserResult is one run of a top-level node on an event, with the names that asserts use.
type ParserResult struct {
	Idx     int
	Evt     *event.View
	Success bool
}

// parserResults are the runs by stage and node name.
type parserResults map[string]map[string][]ParserResult

// recorder is a parse.Trace that keeps a copy of the event after every top-level node.
type recorder struct {
	results parserResults
	count   int
}

// maxRecords bounds the copies that one test may keep.
const maxRecords = 200_000

func newRecorder() *recorder {
	// CrowdSec's results have a stage "success" without nodes, and asserts count it.
	return &recorder{results: parserResults{"success": {"": nil}}}
}

// Enter implements parse.Trace.
func (r *recorder) Enter(string, string, int, *event.Event) {}

// Leave implements parse.Trace.
func (r *recorder) Leave(stage, name string, depth int, ev *event.Event, ok bool, _ string, _ []string) {
	if depth > 0 {
		return
	}
	if r.count++; r.count > maxRecords {
		return // and the test fails
	}
	if r.results[stage] == nil {
		r.results[stage] = map[string][]ParserResult{}
	}
	kept := ev.Copy()
	kept.Unmarshaled = deepCopy(kept.Unmarshaled)
	r.results[stage][name] = append(r.results[stage][name], ParserResult{Idx: r.count - 1, Evt: &kept.View, Success: ok})
}

// deepCopy copies decoded documents, which later nodes may write into.
func deepCopy(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		if inner, ok := v.(map[string]any); ok {
			v = deepCopy(inner)
		}
		out[k] = v
	}
	return out
}

// sortOverflows orders scenario results as asserts expect them: descending by scenario and sources. The sort is not
// stable, and asserts were recorded with what this very algorithm of Go's library makes of ties.
func sortOverflows(list []*event.View) {
	key := func(v *event.View) string {
		name := ""
		if v.Overflow.Alert != nil {
			name = v.Overflow.Alert.Scenario
		}
		return name + strings.Join(slices.Sorted(maps.Keys(v.Overflow.Sources)), "@")
	}
	sort.Slice(list, func(i, j int) bool { return key(list[i]) > key(list[j]) })
}
