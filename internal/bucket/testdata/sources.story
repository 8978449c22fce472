type: counter
name: t/everybody
description: one alert for each source, sorted, the last of equal ones stays
filter: "true"
duration: 1m
capacity: -1
overflow_filter: len(queue.Queue) > 1 && signal.Alert.GetEventsCount() > 2
----
pour source_ip=192.0.2.9
pour source_ip=2001:db8::1
pour source_ip=192.0.2.10
pour source_ip=192.0.2.9
finish
> t/everybody Ip:192.0.2.10 events=4 stop=12:01:00 lines=[1@1.0 2@2.0 3@3.0 4@4.0] 4 events in 1m0s, counted to the end
> t/everybody Ip:192.0.2.9 events=4 stop=12:01:00 lines=[1@1.0 2@2.0 3@3.0 4@4.0] 4 events in 1m0s, counted to the end
> t/everybody Ip:2001:db8::1 events=4 stop=12:01:00 lines=[1@1.0 2@2.0 3@3.0 4@4.0] 4 events in 1m0s, counted to the end
# too few: discarded
pour x2
finish
# one without an address spoils all
pour x3
pour source_ip=unknown
finish
# a zone is no part of an address that others would know: it is dropped
pour x3 source_ip=fe80::1%eth0
finish
> t/everybody Ip:fe80::1 events=3 stop=12:01:00 lines=[11@1.0 12@2.0 13@3.0] 3 events in 1m0s, counted to the end
counters
> poured 13
> created 4
> overflowed 2
> filtered 1
> no_source 1
