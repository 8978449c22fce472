type: conditional
name: t/conditional
description: two different places in a row
filter: "true"
groupby: evt.Meta.user
capacity: -1
leakspeed: 1h
condition: len(queue.Queue) >= 2 && queue.Queue[-1].Meta.place != queue.Queue[-2].Meta.place
----
pour x3 user=a place=paris
pour user=a place=oslo
pour user=b place=oslo
sleep 61m
# the first visit is forgotten
pour user=b place=paris
counters
