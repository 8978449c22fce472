package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/client"
	"tocsin.example/internal/banlist"
	"tocsin.example/internal/decide"
	"tocsin.example/internal/profile"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
	"tocsin.example/internal/wire"
)

const (
	// scanPage is how many decisions are taken from the index at once where all are wanted, spanMost where few are.
	scanPage = 1000
	spanMost = 1 << 17
	// endPiece is how many decisions are ended in one transaction.
	endPiece = 10_000
)

// choice is which decisions in force are meant.
type choice struct {
	q        verdict.Query
	scenario string // exactly
	central  bool
	// When they began; zero for any time.
	since, until time.Time
}

// decisionChoice reads it.
func (s *Server) decisionChoice(p *params) (c choice, chosen bool) {
	c.q = verdict.Query{
		IDs: p.ids("id"), UUID: p.text("uuid"), Prefix: p.prefix("prefix"), Value: p.text("value"),
		Filter: verdict.Filter{Simulated: true}, ByID: true,
	}
	for _, k := range []struct {
		name string
		into *[]string
	}{{"scope", &c.q.Scopes}, {"type", &c.q.Types}, {"origin", &c.q.Origins}, {"scenario", &c.q.ScenariosContaining}} {
		if v := p.text(k.name); v != "" {
			*k.into = []string{v}
		}
	}
	if len(c.q.Scopes) > 0 {
		c.q.Scopes[0] = wire.Scope(c.q.Scopes[0])
	}
	if len(c.q.ScenariosContaining) > 0 {
		c.scenario = c.q.ScenariosContaining[0]
	}
	chosen = len(c.q.IDs) > 0 || c.q.Prefix.IsValid() || c.q.UUID != "" || c.q.Value != "" ||
		len(c.q.Scopes)+len(c.q.Types)+len(c.q.Origins)+len(c.q.ScenariosContaining) > 0
	c.q.Inside = p.flag("inside")
	if c.q.Inside && !c.q.Prefix.IsValid() {
		p.fail("inside", "needs an address or a range")
	}
	c.central = true
	return c, chosen
}

// wants says what the index's query does not.
func (c *choice) wants(d tocsin.Decision) bool {
	if c.scenario != "" && d.Scenario != c.scenario {
		return false
	}
	return c.central || d.Origin != tocsin.OriginCentral && d.Origin != tocsin.OriginList
}

func (s *Server) listDecisions(c *call) (any, error) {
	p := c.params()
	ch, _ := s.decisionChoice(p)
	now := s.now()
	ch.since, ch.until = p.time("since", now), p.time("until", now)
	ch.central = p.flag("central") || len(ch.q.Origins) > 0
	ch.q.Simulated = !p.flag("no_simulated")
	limit, after := p.page()
	before := cmp.Or(p.below(after), math.MaxInt64)
	if err := p.done(); err != nil {
		return nil, err
	}
	found, next, err := s.findDecisions(c.Context(), now, ch, before, limit)
	if err != nil {
		return nil, err
	}
	alerts, err := s.alertsOf(c.Context(), found, now)
	if err != nil {
		return nil, err
	}
	return client.Page[client.Alert]{Items: alerts, Next: next}, nil
}

// findDecisions returns at most limit decisions with IDs below before, newest first, and where the next page begins.
func (s *Server) findDecisions(ctx context.Context, now time.Time, ch choice, before int64, limit int) (found []store.PastDecision, next string, err error) {
	for list := range s.newestFirst(now, ch.q, before) {
		if err := ctx.Err(); err != nil {
			return nil, "", err
		}
		list = slices.DeleteFunc(list, func(d tocsin.Decision) bool { return !ch.wants(d) })
		for piece := range slices.Chunk(list, scanPage) {
			stories, err := s.stories(ctx, piece)
			if err != nil {
				return nil, "", err
			}
			for _, d := range stories {
				if !ch.since.IsZero() && d.Begun.Before(ch.since) || !ch.until.IsZero() && d.Begun.After(ch.until) {
					continue
				}
				if len(found) == limit {
					return found, strconv.FormatInt(found[limit-1].ID, 10), nil
				}
				found = append(found, d)
			}
		}
	}
	return found, "", nil
}

// newestFirst yields what is in force and has IDs below before, newest first, some at a time. The index lists in the order
// of IDs, so it is asked for one span of them after the other, from the greatest down.
func (s *Server) newestFirst(now time.Time, q verdict.Query, before int64) iter.Seq[[]tocsin.Decision] {
	index := s.o.Decider.Index()
	below := func(list []tocsin.Decision, before int64) []tocsin.Decision {
		n, _ := slices.BinarySearchFunc(list, before, func(d tocsin.Decision, id int64) int { return cmp.Compare(d.ID, id) })
		slices.Reverse(list[:n])
		return list[:n]
	}
	return func(yield func([]tocsin.Decision) bool) {
		if q.IDs != nil || q.Value != "" || q.UUID != "" || q.Prefix.IsValid() && !q.Inside {
			yield(below(index.Find(now, q), before)) // the index points at them
			return
		}
		before = min(before, int64(index.Seq())+1) //nolint:gosec // changes are counted from 1
		for span := int64(scanPage); before > 1; {
			// No more than span IDs lie between; what is behind them is newer, and was yielded.
			q.After, q.Limit = max(0, before-1-span), int(span)
			list := below(index.Find(now, q), before)
			if before = q.After + 1; !yield(list) {
				return
			}
			// Where few are wanted, larger steps: a step looks at all that is newer.
			if span = scanPage; len(list) < scanPage/2 {
				span = min(2*int64(q.Limit), spanMost)
			}
		}
	}
}

// stories returns what the store knows of decisions, newest first.
func (s *Server) stories(ctx context.Context, list []tocsin.Decision) ([]store.PastDecision, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(list))
	for i, d := range list {
		ids[i] = d.ID
	}
	known := make(map[int64]store.PastDecision, len(list))
	for d, err := range s.o.Store.PastDecisions(ctx, store.PastQuery{IDs: ids}) {
		if err != nil {
			return nil, err
		}
		known[d.ID] = d
	}
	out := make([]store.PastDecision, 0, len(list))
	for _, d := range list {
		k, ok := known[d.ID]
		if !ok {
			continue // it ended this moment, and its alert was deleted
		}
		k.Decision = d // in force: what the index says counts
		out = append(out, k)
	}
	return out, nil
}

// alertsOf gives decisions their alerts, in the order of the first decision of each.
func (s *Server) alertsOf(ctx context.Context, list []store.PastDecision, now time.Time) ([]client.Alert, error) {
	out := []client.Alert{}
	at := map[int64]int{}
	var ids []int64
	for _, d := range list {
		i, ok := at[d.Alert]
		if !ok || d.Alert == 0 { // without alert, each stands for itself
			i = len(out)
			at[d.Alert] = i
			ids = append(ids, d.Alert)
			out = append(out, client.Alert{
				ID: d.Alert, Scenario: d.Scenario, CreatedAt: d.Begun, StartAt: d.Begun, StopAt: d.Begun, Machine: "N/A",
				Source: client.Source{Scope: d.Scope, Value: d.Value}, Events: []client.Event{},
			})
		}
		out[i].Decisions = append(out[i].Decisions, decision(d.Decision, now))
	}
	if len(ids) == 0 {
		return out, nil
	}
	f := store.AlertFilter{IDs: ids, WithoutDecisions: true, WithoutEvents: true}
	for a, err := range s.o.Store.FindAlerts(ctx, f) {
		if err != nil {
			return nil, err
		}
		i := at[a.ID]
		mine := out[i].Decisions
		out[i] = alert(a, now)
		out[i].Decisions = mine
	}
	return out, nil
}

func (s *Server) addDecision(c *call) (any, error) {
	var in client.NewDecision
	if err := c.read(&in); err != nil {
		return nil, err
	}
	c.target = cut(strings.TrimPrefix(in.Scope+":"+in.Value, ":"), 255)
	scope, value, err := banlist.Settle(in.Scope, in.Value)
	if err != nil {
		return nil, bad("give an address, a range, or a scope such as country or AS", "%v", err)
	}
	if err := checkWords(in.Type, scope, in.Reason); err != nil {
		return nil, err
	}
	long := profile.DefaultDuration
	if in.Duration != "" {
		if long, err = parseDuration("duration", in.Duration); err != nil {
			return nil, err
		}
	}
	now := s.now()
	out, err := s.o.Decider.AddManual(c.Context(), decide.Manual{
		Who: c.who.name, Scenario: in.Reason, Force: in.BypassAllowlist,
		Decisions: []tocsin.Decision{{Type: cmp.Or(in.Type, "ban"), Scope: scope, Value: value, Until: now.Add(long)}},
	})
	if err != nil {
		return nil, manualError(err)
	}
	c.target, c.detail = scope+":"+value, fmt.Sprintf("%s for %s", cmp.Or(in.Type, "ban"), long)
	a, err := s.o.Store.Alert(c.Context(), out.ID)
	if err != nil {
		return nil, err
	}
	return created{client.AddedDecision{Alert: out.ID, Decisions: decisions(a.Decisions, now)}}, nil
}

// checkWords refuses what would not fit into a decision.
func checkWords(kind, scope, reason string) error {
	if len(kind) > wire.MaxName || len(scope) > wire.MaxName || len(reason) > wire.MaxText {
		return bad("", "the type, the scope or the reason is too long")
	}
	return nil
}

// manualError gives refusals their status.
func manualError(err error) error {
	if e, ok := errors.AsType[*decide.AllowedError](err); ok {
		return &problem{http.StatusConflict, e.Error(), "add bypass_allowlist (--bypass-allowlist) to decide all the same"}
	}
	if e, ok := errors.AsType[*decide.InvalidError](err); ok {
		return bad("", "%v", e)
	}
	return err
}

func (s *Server) deleteDecisions(c *call) (any, error) {
	p := c.params()
	ch, chosen := s.decisionChoice(p)
	all := p.flag("all")
	if err := p.done(); err != nil {
		return nil, err
	}
	c.target = cut(c.URL.RawQuery, 255)
	if !chosen && !all {
		return nil, bad("say which, or add all=true to mean all of them", "this would delete every decision")
	}
	n, err := s.end(c.Context(), ch)
	c.detail = fmt.Sprintf("%d deleted", n)
	if err != nil {
		return nil, err
	}
	return client.Deleted{Deleted: n}, nil
}

// end ends what is meant, a piece after the other: what begins meanwhile stays.
func (s *Server) end(ctx context.Context, ch choice) (n int, err error) {
	now := s.now()
	ch.q.Limit = endPiece
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		list := s.o.Decider.Index().Find(now, ch.q)
		if len(list) == 0 {
			return n, nil
		}
		ch.q.After = list[len(list)-1].ID
		ids := make([]int64, 0, len(list))
		for _, d := range list {
			if ch.wants(d) {
				ids = append(ids, d.ID)
			}
		}
		if len(ids) == 0 {
			continue
		}
		ended, err := s.o.Decider.EndDecisions(ctx, verdict.Query{IDs: ids, Filter: verdict.Filter{Simulated: true}})
		n += len(ended)
		if err != nil {
			return n, err
		}
	}
}

func (s *Server) deleteDecision(c *call) (any, error) {
	id, err := c.id("a decision")
	if err != nil {
		return nil, err
	}
	ended, err := s.o.Decider.EndDecisions(c.Context(), verdict.Query{IDs: []int64{id}, Filter: verdict.Filter{Simulated: true}})
	if err != nil {
		return nil, err
	}
	if len(ended) == 0 {
		return nil, &problem{http.StatusNotFound, fmt.Sprintf("no decision %d is in force", id), "see 'tocsin decisions list'"}
	}
	return nil, nil
}

// Limits of an import.
const (
	batchDefault = 10_000
	batchMost    = 100_000
	allowedFirst = 20
)

// importDecisions reads a list as it comes and keeps it in batches, each an alert.
func (s *Server) importDecisions(c *call) (any, error) {
	p := c.params()
	o := client.Import{
		Format: p.text("format"), Scope: p.text("scope"), Type: p.text("type"), Duration: p.text("duration"), Reason: p.text("reason"),
		Batch: p.number("batch", batchMost), BypassAllowlist: p.flag("bypass_allowlist"),
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	c.target = o.Format
	long := profile.DefaultDuration
	if o.Duration != "" {
		d, err := parseDuration("duration", o.Duration)
		if err != nil {
			return nil, err
		}
		long = d
	}
	if err := checkWords(o.Type, o.Scope, o.Reason); err != nil {
		return nil, err
	}
	body := &patientReader{r: http.MaxBytesReader(c.w, c.Body, maxImport), c: c}
	list, err := banlist.NewReader(body, o.Format, banlist.Defaults{
		Scope: o.Scope, Type: o.Type, Duration: long, Reason: cmp.Or(o.Reason, "manual"),
	})
	if err != nil {
		return nil, bad("", "%v", err)
	}
	in := &importing{s: s, who: c.who.name, force: o.BypassAllowlist, batch: cmp.Or(o.Batch, batchDefault)}
	err = in.run(c.Context(), list)
	c.detail = fmt.Sprintf("%d kept in %d alerts, %d allowed", in.out.Decisions, in.out.Alerts, in.out.Allowed)
	if err != nil {
		return nil, in.broke(err)
	}
	return created{in.out}, nil
}

// importing is an import on its way.
type importing struct {
	s     *Server
	who   string
	force bool
	batch int
	out   client.Imported
	piece []tocsin.Decision
}

func (in *importing) run(ctx context.Context, list *banlist.Reader) error {
	in.piece = make([]tocsin.Decision, 0, in.batch)
	for {
		e, err := list.Next()
		if errors.Is(err, io.EOF) {
			return in.keep(ctx)
		}
		if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
			return err
		}
		if err != nil {
			return bad("", "%v", err)
		}
		in.piece = append(in.piece, tocsin.Decision{
			Origin: tocsin.OriginImport, Type: e.Type, Scope: e.Scope, Value: e.Value, Scenario: e.Reason, Until: in.s.now().Add(e.Duration),
		})
		if len(in.piece) < in.batch {
			continue
		}
		if err := in.keep(ctx); err != nil {
			return err
		}
	}
}

// keep makes an alert of the decisions that are there.
func (in *importing) keep(ctx context.Context) error {
	if len(in.piece) == 0 {
		return nil
	}
	o, err := in.s.o.Decider.AddManual(ctx, decide.Manual{
		Who: in.who, Scenario: fmt.Sprintf("import of %d decisions", len(in.piece)), Decisions: in.piece, Force: in.force,
	})
	in.piece = in.piece[:0]
	in.out.Allowed += o.Allowed
	for _, s := range o.Skipped {
		if s.Allowed && len(in.out.AllowedFirst) < allowedFirst {
			in.out.AllowedFirst = append(in.out.AllowedFirst, s.Value+": "+s.Reason)
		}
	}
	if _, allAllowed := errors.AsType[*decide.AllowedError](err); allAllowed {
		return nil
	}
	if err != nil {
		return err
	}
	in.out.Decisions += o.Made
	in.out.Alerts++
	return nil
}

// broke says what became of an import that did not get to its end.
func (in *importing) broke(err error) error {
	kept := "nothing was imported"
	if n := in.out.Decisions; n > 0 {
		kept = fmt.Sprintf("the %d decisions before it were imported", n)
	}
	p := in.s.explain(err)
	return &problem{p.status, p.message + "; " + kept, p.hint}
}

// patientReader reads from a client that may be slow, but must go on sending.
type patientReader struct {
	r io.Reader
	c *call
}

func (p *patientReader) Read(b []byte) (int, error) {
	p.c.patience(bodyTime)
	n, err := p.r.Read(b)
	p.c.patience(0) // what was read may take long to keep
	return n, err
}
