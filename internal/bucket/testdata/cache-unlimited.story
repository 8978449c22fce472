type: conditional
name: t/cache
description: keeps two and one, counts all
filter: "true"
capacity: -1
cache_size: 2
leakspeed: 1m
condition: leaky.Total_count == 5 && len(queue.Queue) == 3 && queue.L == 3
---
type: leaky
name: t/cache-ignored
description: a cache larger than the bucket does not apply
filter: "true"
capacity: 3
cache_size: 9
leakspeed: 1m
----
pour x4
> t/cache-ignored Ip:192.0.2.1 events=4 stop=12:00:00 lines=[1@1.0 2@2.0 3@3.0 4@4.0] 4 events in 0s; it holds 3 and one leaks every 1m0s
pour
> t/cache Ip:192.0.2.1 events=5 stop=12:00:00 lines=[3@3.0 4@4.0 5@5.0] omitted=2 its condition is true after 5 events
