type: leaky
name: t/deep
description: holds more than it retains
filter: "true"
capacity: 1500
leakspeed: 1h
---
type: conditional
name: t/all
description: retains no more than a thousand
filter: "true"
capacity: -1
leakspeed: 1h
condition: len(queue.Queue) == 1000 && leaky.Total_count == 1200
----
pour x1500
> t/all Ip:192.0.2.1 events=1200 stop=12:00:00 lines=[1101@1101.0 (98 more) 1200@1200.0] omitted=1100 its condition is true after 1200 events
pour
> t/deep Ip:192.0.2.1 events=1501 stop=12:00:00 lines=[1402@1402.0 (98 more) 1501@1501.0] omitted=1401 1501 events in 0s; it holds 1500 and one leaks every 1h0m0s
counters
> poured 3002
> created 3
> overflowed 2
> live 1
