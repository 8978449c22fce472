type: trigger
name: t/holes
description: a trigger's blackholes
filter: "true"
groupby: evt.Meta.source_ip
blackhole: 1h
----
limit holes=2
pour source_ip=192.0.2.1
> t/holes Ip:192.0.2.1 events=1 stop=12:00:00 lines=[1@1.0] one event is enough
pour source_ip=192.0.2.2
> t/holes Ip:192.0.2.2 events=1 stop=12:00:00 lines=[2@1.0] one event is enough
pour x2 source_ip=192.0.2.3
> t/holes Ip:192.0.2.3 events=1 stop=12:00:00 lines=[3@1.0] one event is enough
# the first was forgotten to make room
pour source_ip=192.0.2.1
> t/holes Ip:192.0.2.1 events=1 stop=12:00:00 lines=[5@1.0] one event is enough
pour source_ip=192.0.2.3
counters
> poured 6
> overflowed 4
> blackholed 2
> holes_lost 2
