// Package bucket correlates events: a scenario's filter picks them, its bucket counts them, and a bucket that runs over
// becomes alerts.
//
// The package has two halves. Matching ([Set.Match]) looks at one event alone and may run on any number of goroutines.
// Pouring ([Store.Pour]) changes buckets and belongs to one goroutine, which sees events in input order. No bucket has a
// goroutine or a timer: time is what events bring.
//
// A Store keeps what it holds in slabs of records without pointers (record.go says what a bucket consists of), and the
// events that buckets retain as bytes outside the heap: a million buckets with an event each take 104 MB and cost the
// garbage collector nothing. Events are read back only for an overflow that makes an alert. What a bucket weighs against
// [Store.MaxBytes] is fixed, so that what has to go for want of room depends on the input alone.
//
// It reads no clock, no file and no network, and knows nothing of parsers. Start from [Set] and [Store].
package bucket
