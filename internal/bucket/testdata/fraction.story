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
pour x2
sleep 10s
pour
sleep 5s
# half an event has leaked
pour
