type: leaky
name: t/back
description: a step back in time is a new log, not a crowd
filter: "true"
capacity: 2
leakspeed: 10s
----
pour x2
back 1h
# no room has been gained, and none is lost
sleep 1s
pour
> t/back Ip:192.0.2.1 events=3 stop=11:00:01 lines=[1@1.0 2@2.0 3@3.0] 3 events in 0s; it holds 2 and one leaks every 10s
# from here it leaks by the new time
pour
sleep 10s
pour
sleep 10s
pour
