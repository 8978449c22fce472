type: conditional
name: t/both
description: by condition, or else by capacity
filter: "true"
capacity: 2
leakspeed: 10s
condition: evt.Meta.user == 'root'
----
pour x2
pour
> t/both Ip:192.0.2.1 events=3 stop=12:00:00 lines=[1@1.0 2@2.0 3@3.0] 3 events in 0s; it holds 2 and one leaks every 10s
pour user=root
> t/both Ip:192.0.2.1 events=1 stop=12:00:00 lines=[4@1.0] its condition is true after 1 event
pour x2
# its lifetime is one leakspeed, not three
sleep 10s
pour
sleep 10001ms
pour x2
counters
> poured 9
> created 4
> overflowed 2
> underflowed 1
> live 1
