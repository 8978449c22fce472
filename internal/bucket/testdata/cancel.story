type: leaky
name: t/cancel
description: a success forgives
filter: "true"
groupby: evt.Meta.source_ip
cancel_on: evt.Meta.ok == 'yes'
capacity: 2
leakspeed: 1m
----
pour x2
pour ok=yes
pour x2
pour
> t/cancel Ip:192.0.2.1 events=3 stop=12:00:00 lines=[4@1.0 5@2.0 6@3.0] 3 events in 0s; it holds 2 and one leaks every 1m0s
counters
> poured 5
> created 2
> overflowed 1
> canceled 1
