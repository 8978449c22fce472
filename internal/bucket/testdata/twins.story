type: leaky
name: t/twin
description: documents of one name
filter: "true"
capacity: 1
leakspeed: 1s
---
type: leaky
name: t/twin
description: share no bucket
filter: "true"
capacity: 2
leakspeed: 1s
----
pour x3
> t/twin Ip:192.0.2.1 events=2 stop=12:00:00 lines=[1@1.0 2@2.0] 2 events in 0s; it holds 1 and one leaks every 1s
> t/twin Ip:192.0.2.1 events=3 stop=12:00:00 lines=[1@1.0 2@2.0 3@3.0] 3 events in 0s; it holds 2 and one leaks every 1s
