// Package bucket correlates events: a scenario's filter picks them, its bucket counts them, and a bucket that runs over
// becomes alerts.
//
// The package has two halves. Matching ([Set.Match]) looks at one event alone and may run on any number of goroutines.
// Pouring ([Store.Pour]) changes buckets and belongs to one goroutine, which sees events in input order. No bucket has a
// goroutine or a timer: time is what events bring.
//
// It reads no clock, no file and no network, and knows nothing of parsers. Start from [Set] and [Store].
package bucket
