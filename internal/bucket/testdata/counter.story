type: counter
name: t/counter
description: how many in ten minutes
filter: "true"
groupby: evt.Meta.source_ip
duration: 10m
capacity: -1
----
pour x3
sleep 9m
pour
sleep 2m
> t/counter Ip:192.0.2.1 events=4 stop=12:10:00 lines=[1@1.0 2@2.0 3@3.0 4@4.0] 4 events in 10m0s, counted to the end
# the next one counts anew, and fires at the end of the replay
pour x2
pour source_ip=192.0.2.7
finish
> t/counter Ip:192.0.2.1 events=2 stop=12:21:00 lines=[5@1.0 6@2.0] 2 events in 10m0s, counted to the end
> t/counter Ip:192.0.2.7 events=1 stop=12:21:00 lines=[7@1.0] 1 event in 10m0s, counted to the end
counters
> poured 7
> created 3
> overflowed 3
