type: leaky
name: t/leaky
description: six in a row
filter: evt.Meta.log_type == 'fail'
groupby: evt.Meta.source_ip
capacity: 5
leakspeed: 10s
labels: {remediation: true}
----
# five fit, the sixth overflows
pour x5 log_type=fail
pour log_type=fail
> t/leaky Ip:192.0.2.1 events=6 stop=12:00:00 lines=[1@1.0 2@2.0 3@3.0 4@4.0 5@5.0 6@6.0] 6 events in 0s; it holds 5 and one leaks every 10s
# a new bucket begins
pour x5 log_type=fail
sleep 10s
# one leaked
pour log_type=fail
pour log_type=fail
> t/leaky Ip:192.0.2.1 events=7 stop=12:00:10 lines=[8@2.0 9@3.0 10@4.0 11@5.0 12@5.0 13@6.0] omitted=1 7 events in 10s; it holds 5 and one leaks every 10s
# another address has its own bucket
pour x5 log_type=fail source_ip=192.0.2.2
pour log_type=other
# (capacity+1) * leakspeed after the last event it is dropped
sleep 61s
pour x5 log_type=fail
sleep 60s
pour x5 log_type=fail
pour log_type=fail
> t/leaky Ip:192.0.2.1 events=11 stop=12:02:11 lines=[25@1.0 26@2.0 27@3.0 28@4.0 29@5.0 30@6.0] omitted=5 11 events in 1m0s; it holds 5 and one leaks every 10s
counters
> poured 29
> created 4
> overflowed 3
> live 1
