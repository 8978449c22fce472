type: trigger
name: t/trigger
description: one is enough
filter: evt.Meta.log_type == 'bad'
groupby: evt.Meta.source_ip
blackhole: 1m
----
pour log_type=bad
# quiet for a minute, however many come
pour x3 log_type=bad
sleep 59s
pour log_type=bad
# the window is not extended by what it swallows
sleep 1s
pour log_type=bad
pour log_type=bad source_ip=192.0.2.9
counters
