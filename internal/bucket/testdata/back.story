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
# from here it leaks by the new time
pour
sleep 10s
pour
sleep 10s
pour
