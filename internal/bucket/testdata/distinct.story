type: leaky
name: t/distinct
description: three different users
filter: "true"
groupby: evt.Meta.source_ip
distinct: evt.Meta.user
capacity: 2
leakspeed: 1m
----
pour x10 user=a
pour x10 user=b
pour user=c
> t/distinct Ip:192.0.2.1 events=3 stop=12:00:00 lines=[1@1.0 11@2.0 21@3.0] 3 events in 0s; it holds 2 and one leaks every 1m0s
# its memory went with the bucket
pour user=a
pour user=b
pour user=c
> t/distinct Ip:192.0.2.1 events=3 stop=12:00:00 lines=[22@1.0 23@2.0 24@3.0] 3 events in 0s; it holds 2 and one leaks every 1m0s
counters
> poured 6
> duplicates 18
> created 2
> overflowed 2
