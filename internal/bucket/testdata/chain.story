type: leaky
name: t/first
description: three in a row, then quiet for a minute
filter: evt.GetType() == 'log'
groupby: evt.Meta.source_ip
capacity: 2
leakspeed: 10s
blackhole: 1m
reprocess: true
---
type: leaky
name: t/second
description: the same behaviour twice within an hour
filter: evt.GetType() == 'overflow' && evt.Overflow.Alert.GetScenario() == 't/first'
groupby: evt.Overflow.Alert.GetValue()
capacity: 1
leakspeed: 1h
reprocess: true
---
type: trigger
name: t/third
description: an overflow of an overflow
filter: evt.GetType() == 'overflow' && evt.Overflow.Alert.GetScenario() == 't/second'
blackhole: 5m
----
pour x3
> t/first Ip:192.0.2.1 events=3 stop=12:00:00 lines=[1@1.0 2@2.0 3@3.0] 3 events in 0s; it holds 2 and one leaks every 10s
# the second and third overflow fall into the blackhole, and nobody hears of them
pour x6
sleep 59s
pour x3
sleep 1s
# the blackhole is over: the second that the others hear of
pour x3
> t/first Ip:192.0.2.1 events=3 stop=12:01:00 lines=[13@1.0 14@2.0 15@3.0] 3 events in 0s; it holds 2 and one leaks every 10s
>   t/second Ip:192.0.2.1 events=2 stop=12:01:00 lines=[@1.0 @2.0] parents=2 2 events in 1m0s; it holds 1 and one leaks every 1h0m0s
>     t/third Ip:192.0.2.1 events=1 stop=12:01:00 lines=[@1.0] parents=1 one event is enough
pour x3 source_ip=192.0.2.9
> t/first Ip:192.0.2.9 events=3 stop=12:01:00 lines=[16@1.0 17@2.0 18@3.0] 3 events in 0s; it holds 2 and one leaks every 10s
counters
> poured 22
> created 8
> overflowed 5
> blackholed 3
> live 1
