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
pour SourceRange=192.0.2.0/24 user=x
pour source_ip=nonsense
pour source_ip=
counters
