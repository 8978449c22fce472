// Package life starts the stages of a program one after the other and stops them in reverse: what others stand on is
// there first and goes last.
//
// Start from [Run].
package life

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Stage is one part of a program. It runs in a goroutine of its own.
type Stage struct {
	Name string // in errors: "local API"
	// Grace is how long it may take to stop; after that it is left behind and said to be. 0 is [DefaultGrace].
	Grace time.Duration
	// Run calls ready when the next stage may start, works until ctx ends, cleans up and returns. The error of a stage that
	// ends before it was asked to ends the program.
	Run func(ctx context.Context, ready func()) error
}

// DefaultGrace is how long a stage may take to stop.
const DefaultGrace = 10 * time.Second

// Run starts the stages in order, each when the one before is ready, and waits until ctx ends or a stage does. Then it
// stops them in reverse, each when the one after it has ended. The error is the first stage's that ended by itself,
// joined with those of stopping; nil when ctx ended and all went well.
func Run(ctx context.Context, stages ...Stage) error {
	// Stages do not see the end of ctx themselves: they would all stop at once.
	base := context.WithoutCancel(ctx)
	ended := make(chan *running, len(stages))
	var up []*running
	var cause error
	for _, s := range stages {
		r := start(base, s, ended)
		up = append(up, r)
		if cause = r.await(ctx, ended); cause != nil || ctx.Err() != nil {
			break
		}
	}
	if cause == nil && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case r := <-ended:
			cause = r.early()
		}
	}
	for _, r := range slices.Backward(up) {
		if err := r.stop(); err != nil && !errors.Is(cause, err) {
			cause = errors.Join(cause, err)
		}
	}
	return cause
}

// running is a stage that was started.
type running struct {
	Stage
	cancel context.CancelFunc
	ready  chan struct{}
	done   chan struct{}
	err    error // holds once done is closed
}

func start(base context.Context, s Stage, ended chan<- *running) *running {
	ctx, cancel := context.WithCancel(base)
	r := &running{Stage: s, cancel: cancel, ready: make(chan struct{}), done: make(chan struct{})}
	go func() {
		called := false
		r.err = s.Run(ctx, func() {
			if !called {
				called = true
				close(r.ready)
			}
		})
		close(r.done)
		ended <- r
	}()
	return r
}

// await waits until the stage is ready. The error is that of a stage, this or an earlier one, which ended instead.
func (r *running) await(ctx context.Context, ended <-chan *running) error {
	select {
	case <-r.ready:
		return nil
	case <-ctx.Done():
		return nil
	case e := <-ended:
		return e.early()
	}
}

// early is the error of a stage that ended by itself.
func (r *running) early() error {
	if r.err == nil {
		return fmt.Errorf("%s ended by itself", r.Name)
	}
	return fmt.Errorf("%s: %w", r.Name, r.err)
}

func (r *running) stop() error {
	r.cancel()
	grace := r.Grace
	if grace == 0 {
		grace = DefaultGrace
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-r.done:
	case <-timer.C:
		return fmt.Errorf("%s did not stop within %s", r.Name, grace)
	}
	if r.err == nil || errors.Is(r.err, context.Canceled) {
		return nil
	}
	return r.err
}
