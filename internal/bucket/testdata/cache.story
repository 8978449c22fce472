type: leaky
name: t/cache
description: counts all, keeps two and one
filter: "true"
capacity: 5
leakspeed: 1s
cache_size: 2
----
pour x6
> t/cache Ip:192.0.2.1 events=6 stop=12:00:00 lines=[4@4.0 5@5.0 6@6.0] omitted=3 6 events in 0s; it holds 5 and one leaks every 1s
