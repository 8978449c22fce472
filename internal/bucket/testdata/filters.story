type: trigger
name: t/breaks
description: fails while running
filter: evt.Unmarshaled.a.b == 'x'
---
type: trigger
name: t/writes
description: what a filter writes is seen by its scenario only
filter: evt.SetMeta('cve', 'CVE-1') && evt.Meta.cve == 'CVE-1'
scope: {type: cve, expression: evt.Meta.cve}
---
type: trigger
name: t/sees
description: sees nothing of it
filter: evt.Meta.cve == ''
---
type: leaky
name: t/overflow-filter
description: discards
filter: "true"
capacity: 1
leakspeed: 1s
overflow_filter: any(queue.Queue, {.Meta.user == 'bad'})
----
pour
> t/writes cve:CVE-1 events=1 stop=12:00:00 lines=[1@1.0] one event is enough
> t/sees Ip:192.0.2.1 events=1 stop=12:00:00 lines=[1@1.0] one event is enough
pour
> t/writes cve:CVE-1 events=1 stop=12:00:00 lines=[2@1.0] one event is enough
> t/sees Ip:192.0.2.1 events=1 stop=12:00:00 lines=[2@1.0] one event is enough
pour user=bad
> t/writes cve:CVE-1 events=1 stop=12:00:00 lines=[3@1.0] one event is enough
> t/sees Ip:192.0.2.1 events=1 stop=12:00:00 lines=[3@1.0] one event is enough
pour
> t/writes cve:CVE-1 events=1 stop=12:00:00 lines=[4@1.0] one event is enough
> t/sees Ip:192.0.2.1 events=1 stop=12:00:00 lines=[4@1.0] one event is enough
> t/overflow-filter Ip:192.0.2.1 events=2 stop=12:00:00 lines=[3@1.0 4@2.0] 2 events in 0s; it holds 1 and one leaks every 1s
counters
> poured 12
> created 2
> overflowed 9
> filtered 1
> expr_errors 4
