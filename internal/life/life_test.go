package life

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// diary is what stages did, in order.
type diary struct {
	mu   sync.Mutex
	said []string
}

func (d *diary) say(s string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.said = append(d.said, s)
}

func (d *diary) stage(name string) Stage {
	return Stage{Name: name, Run: func(ctx context.Context, ready func()) error {
		d.say("+" + name)
		ready()
		<-ctx.Done()
		d.say("-" + name)
		return nil
	}}
}

func TestRunOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := Run(ctx, d.stage("store"), d.stage("api"), d.stage("agent")); err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Join(d.said, " "), "+store +api +agent -agent -api -store"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestRunFaults(t *testing.T) {
	boom := errors.New("boom")
	fails := Stage{Name: "api", Run: func(context.Context, func()) error { return boom }}
	later := Stage{Name: "api", Run: func(_ context.Context, ready func()) error {
		ready()
		time.Sleep(time.Minute) // in a bubble: takes no time
		return boom
	}}
	quits := Stage{Name: "api", Run: func(_ context.Context, ready func()) error { ready(); return nil }}
	messy := Stage{Name: "api", Run: func(ctx context.Context, ready func()) error { ready(); <-ctx.Done(); return boom }}
	stuck := Stage{Name: "api", Grace: time.Second, Run: func(ctx context.Context, ready func()) error {
		ready()
		<-ctx.Done()
		time.Sleep(time.Hour)
		return nil
	}}
	f := func(s Stage, want, wantDiary string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			t.Helper()
			var d diary
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			err := Run(ctx, d.stage("store"), s, d.stage("agent"))
			if err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
			if got := strings.Join(d.said, " "); got != wantDiary {
				t.Errorf("did %s, want %s", got, wantDiary)
			}
			time.Sleep(2 * time.Hour) // lets the stuck one end
		})
	}
	f(fails, "api: boom", "+store -store")
	f(later, "api: boom", "+store +agent -agent -store")
	f(messy, "boom", "+store +agent -agent -store")
	f(stuck, "api did not stop within 1s", "+store +agent -agent -store")

	synctest.Test(t, func(t *testing.T) {
		if err := Run(t.Context(), quits); err == nil || err.Error() != "api ended by itself" {
			t.Errorf("got %v", err)
		}
	})
}
