type: leaky
name: t/fraction
description: fractions of an event count
filter: "true"
groupby: evt.Meta.source_ip
capacity: 2
leakspeed: 10s
----
pour x2
sleep 9s
# nine tenths have leaked, that is not enough
pour
> t/fraction Ip:192.0.2.1 events=3 stop=12:00:09 lines=[1@1.0 2@2.0 3@2.1] 3 events in 9s; it holds 2 and one leaks every 10s
pour x2
sleep 10s
pour
sleep 5s
# half an event has leaked
pour
> t/fraction Ip:192.0.2.1 events=4 stop=12:00:24 lines=[5@2.0 6@2.0 7@2.5] omitted=1 4 events in 15s; it holds 2 and one leaks every 10s
