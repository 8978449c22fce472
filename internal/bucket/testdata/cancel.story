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
counters
