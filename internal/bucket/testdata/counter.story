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
# the next one counts anew, and fires at the end of the replay
pour x2
pour source_ip=192.0.2.7
finish
counters
