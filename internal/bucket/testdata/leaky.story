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
# a new bucket begins
pour x5 log_type=fail
sleep 10s
# one leaked
pour log_type=fail
pour log_type=fail
# another address has its own bucket
pour x5 log_type=fail source_ip=192.0.2.2
pour log_type=other
# (capacity+1) * leakspeed after the last event it is dropped
sleep 61s
pour x5 log_type=fail
sleep 60s
pour x5 log_type=fail
pour log_type=fail
counters
