type: leaky
name: t/address
description: an address
filter: evt.GetType() == 'log' && evt.Meta.kind == 'probe'
groupby: evt.Meta.source_ip
capacity: 1
leakspeed: 10s
reprocess: true
---
type: leaky
name: t/network
description: many addresses of one network
filter: evt.GetType() == 'overflow'
groupby: evt.Overflow.Alert.Source.Range
distinct: evt.Overflow.Alert.Source.Value
capacity: 1
leakspeed: 10m
scope: {type: Range}
---
type: trigger
name: t/users
description: there is no user in an overflow of addresses
filter: evt.GetType() == 'overflow'
scope: {type: user, expression: evt.Meta.user}
---
type: trigger
name: t/said
description: a range that is said
filter: evt.GetType() == 'log' && evt.Meta.net != ''
scope: {type: Range, expression: evt.Meta.net}
----
pour x2 kind=probe SourceRange=192.0.2.0/24
> t/address Ip:192.0.2.1 events=2 stop=12:00:00 lines=[1@1.0 2@2.0] 2 events in 0s; it holds 1 and one leaks every 10s
# the same address again is nothing new
pour x2 kind=probe SourceRange=192.0.2.0/24
> t/address Ip:192.0.2.1 events=2 stop=12:00:00 lines=[3@1.0 4@2.0] 2 events in 0s; it holds 1 and one leaks every 10s
# ranges are written as they are, of the network they name
pour x2 kind=probe SourceRange=192.0.2.0/24 source_ip=192.0.2.77
> t/address Ip:192.0.2.77 events=2 stop=12:00:00 lines=[5@1.0 6@2.0] 2 events in 0s; it holds 1 and one leaks every 10s
>   t/network Range:192.0.2.0/24 events=2 stop=12:00:00 lines=[@1.0 @2.0] parents=2 2 events in 0s; it holds 1 and one leaks every 10m0s
# an address whose network is not known has no source of scope Range
pour x2 kind=probe source_ip=198.51.100.1
> t/address Ip:198.51.100.1 events=2 stop=12:00:00 lines=[7@1.0 8@2.0] 2 events in 0s; it holds 1 and one leaks every 10s
pour x2 kind=probe source_ip=198.51.100.2
> t/address Ip:198.51.100.2 events=2 stop=12:00:00 lines=[9@1.0 10@2.0] 2 events in 0s; it holds 1 and one leaks every 10s
pour net=203.0.113.0/24
> t/said Range:203.0.113.0/24 events=1 stop=12:00:00 lines=[11@1.0] one event is enough
counters
> poured 20
> duplicates 1
> created 7
> overflowed 7
> no_source 6
