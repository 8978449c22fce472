type: trigger
name: t/scope
description: who, not from where
filter: evt.Meta.user != ''
scope:
  type: user
  expression: evt.Meta.user
---
type: trigger
name: t/range
description: the network
filter: evt.Meta.SourceRange != ''
scope:
  type: Range
---
type: trigger
name: t/ip
description: an address is needed
filter: evt.Meta.user == ''
----
pour user=root
> t/scope user:root events=1 stop=12:00:00 lines=[1@1.0] one event is enough
pour SourceRange=192.0.2.0/24 user=x
> t/scope user:x events=1 stop=12:00:00 lines=[2@1.0] one event is enough
> t/range Range:192.0.2.0/24 events=1 stop=12:00:00 lines=[2@1.0] one event is enough
pour source_ip=nonsense
pour source_ip=
counters
> poured 5
> overflowed 3
> no_source 2
