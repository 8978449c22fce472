type: leaky
name: t/slow
description: keeps its count when its events have to go
filter: "true"
groupby: evt.Meta.user
capacity: 3
leakspeed: 1h
----
limit bytes=700
pour x3 user=a
pour x3 user=b
counters
> poured 6
> created 2
> stripped 2
> live 2
# the oldest gave its events, all but the last, and has counted on
pour user=a
> t/slow Ip:192.0.2.1 events=4 stop=12:00:00 lines=[3@3.0 7@4.0] omitted=2 4 events in 0s; it holds 3 and one leaks every 1h0m0s
# when no events are left to give, the oldest bucket goes
pour user=c
pour user=d
pour user=e
pour user=f
pour user=g
pour user=h
pour user=i
pour user=j
counters
> poured 15
> created 10
> overflowed 1
> evicted 5
> stripped 4
> live 4
