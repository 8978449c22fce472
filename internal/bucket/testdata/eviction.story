type: leaky
name: t/one
description: a
filter: evt.Meta.kind == 'one'
groupby: evt.Meta.user
capacity: 1
leakspeed: 1h
---
type: counter
name: t/two
description: b
filter: evt.Meta.kind == 'two'
groupby: evt.Meta.user
duration: 1h
capacity: -1
----
limit buckets=2
pour kind=one user=a
pour kind=two user=b
# the one that was poured into longest ago goes, whichever scenario it is of
pour kind=one user=c
pour kind=one user=a
counters
> poured 4
> created 4
> evicted 2
> live 2
# the counter went, and its overflow with it
finish
# the last ones stay
pour kind=one user=a
> t/one Ip:192.0.2.1 events=2 stop=12:00:00 lines=[4@1.0 5@2.0] 2 events in 0s; it holds 1 and one leaks every 1h0m0s
counters
> poured 5
> created 4
> overflowed 1
> evicted 2
> live 1
