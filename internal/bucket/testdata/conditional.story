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
> t/conditional Ip:192.0.2.1 events=4 stop=12:00:00 lines=[1@1.0 2@2.0 3@3.0 4@4.0] its condition is true after 4 events
pour user=b place=oslo
sleep 61m
# the first visit is forgotten
pour user=b place=paris
counters
> poured 6
> created 3
> overflowed 1
> underflowed 1
> live 1
