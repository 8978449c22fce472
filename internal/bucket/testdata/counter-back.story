type: counter
name: t/back
description: a log behind another
filter: "true"
duration: 10m
capacity: -1
----
pour x2
sleep 9m
pour
# the next log starts an hour before: the window moves back with it
back 1h
pour x2
sleep 10m
pour
sleep 1s
> t/back Ip:192.0.2.1 events=6 stop=11:19:00 lines=[1@1.0 2@2.0 3@3.0 4@4.0 5@5.0 6@6.0] 6 events in 10m0s, counted to the end
pour
finish
> t/back Ip:192.0.2.1 events=1 stop=11:29:01 lines=[7@1.0] 1 event in 10m0s, counted to the end
