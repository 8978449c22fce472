package rdns

import (
	"container/list"
	"sync"
	"time"
)

// cache keeps the answers used last and lets those who ask the same at once wait for one answer.
type cache[K comparable] struct {
	size int

	mu      sync.Mutex
	entries map[K]*list.Element // of *entry[K]
	recent  *list.List          // front: used last
	asked   map[K]*flight
}

type entry[K comparable] struct {
	key    K
	answer []string
	err    error
	until  time.Time
}

// flight is a question under way. Its answer may be read when done is closed.
type flight struct {
	done   chan struct{}
	answer []string
	err    error
}

func newCache[K comparable](size int) *cache[K] {
	return &cache[K]{size: size, entries: map[K]*list.Element{}, recent: list.New(), asked: map[K]*flight{}}
}

// get returns what is kept for a key, or asks and keeps the answer for ttl(whether there is one).
func (c *cache[K]) get(key K, ttl func(found bool) time.Duration, ask func() ([]string, error)) ([]string, error) {
	c.mu.Lock()
	if e, ok := c.entries[key]; ok {
		kept := e.Value.(*entry[K]) //nolint:forcetypeassert // only put fills the list
		if time.Now().Before(kept.until) {
			c.recent.MoveToFront(e)
			c.mu.Unlock()
			return kept.answer, kept.err
		}
		c.drop(e)
	}
	if f, ok := c.asked[key]; ok {
		c.mu.Unlock()
		<-f.done
		return f.answer, f.err
	}
	f := &flight{done: make(chan struct{})}
	c.asked[key] = f
	c.mu.Unlock()

	f.answer, f.err = ask()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.asked, key)
	close(f.done)
	c.put(&entry[K]{key, f.answer, f.err, time.Now().Add(ttl(len(f.answer) > 0))})
	return f.answer, f.err
}

func (c *cache[K]) put(e *entry[K]) {
	c.entries[e.key] = c.recent.PushFront(e)
	if c.recent.Len() > c.size {
		c.drop(c.recent.Back())
	}
}

func (c *cache[K]) drop(e *list.Element) {
	delete(c.entries, e.Value.(*entry[K]).key) //nolint:forcetypeassert // only put fills the list
	c.recent.Remove(e)
}
