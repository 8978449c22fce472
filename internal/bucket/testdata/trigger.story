type: trigger
name: t/trigger
description: one is enough
filter: evt.Meta.log_type == 'bad'
groupby: evt.Meta.source_ip
blackhole: 1m
----
pour log_type=bad
> t/trigger Ip:192.0.2.1 events=1 stop=12:00:00 lines=[1@1.0] one event is enough
# quiet for a minute, however many come
pour x3 log_type=bad
sleep 59s
pour log_type=bad
# the window is not extended by what it swallows
sleep 1s
pour log_type=bad
> t/trigger Ip:192.0.2.1 events=1 stop=12:01:00 lines=[6@1.0] one event is enough
pour log_type=bad source_ip=192.0.2.9
> t/trigger Ip:192.0.2.9 events=1 stop=12:01:00 lines=[7@1.0] one event is enough
counters
> poured 7
> overflowed 3
> blackholed 4
