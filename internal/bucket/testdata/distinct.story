type: leaky
name: t/distinct
description: three different users
filter: "true"
groupby: evt.Meta.source_ip
distinct: evt.Meta.user
capacity: 2
leakspeed: 1m
----
pour x10 user=a
pour x10 user=b
pour user=c
# its memory went with the bucket
pour user=a
pour user=b
pour user=c
counters
