type: leaky
name: t/live
description: by the clock of the arrival
filter: evt.Time == evt.Line.Time && evt.MarshaledTime == ''
groupby: evt.Meta.source_ip
capacity: 2
leakspeed: 10s
---
type: counter
name: t/live-count
description: ends when a later line comes
filter: "true"
duration: 1m
capacity: -1
reprocess: true
---
type: trigger
name: t/live-again
description: an overflow pours by the clock of what caused it
filter: evt.GetType() == 'overflow' && evt.ExpectMode == 0
---
type: trigger
name: t/replayed
description: nothing of it is a replay
filter: evt.ExpectMode == 1
----
clock live
pour x2
sleep 10s
# one has leaked
pour
pour
> t/live Ip:192.0.2.1 events=4 stop=12:00:10 lines=[2@2.0 3@2.0 4@3.0] omitted=1 live 4 events in 10s; it holds 2 and one leaks every 10s
sleep 50s
# a minute is over, and not a moment more: still counting
pour
sleep 1ns
> t/live-count Ip:192.0.2.1 events=5 stop=12:01:00 lines=[1@1.0 2@2.0 3@3.0 4@4.0 5@5.0] live 5 events in 1m0s, counted to the end
>   t/live-again Ip:192.0.2.1 events=1 stop=12:01:00 lines=[@1.0] parents=1 live one event is enough
counters
> poured 12
> created 4
> overflowed 3
> live 2
