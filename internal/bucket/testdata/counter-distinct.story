type: counter
name: t/users
description: how many users in a minute, unless one got in
filter: "true"
groupby: evt.Meta.source_ip
distinct: evt.Meta.user
cancel_on: evt.Meta.ok == 'yes'
duration: 1m
capacity: -1
----
pour x3 user=a
pour x3 user=b
sleep 59s
pour user=c
sleep 2s
> t/users Ip:192.0.2.1 events=3 stop=12:01:00 lines=[1@1.0 4@2.0 7@3.0] 3 events in 1m0s, counted to the end
# a duplicate cannot cancel, as it is not seen
pour user=d
pour user=d ok=yes
pour user=e ok=yes
# on the first event there is nothing to forgive
pour user=f ok=yes
finish
counters
> poured 4
> duplicates 5
> created 3
> overflowed 1
> canceled 2
