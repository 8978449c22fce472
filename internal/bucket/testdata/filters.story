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
pour
pour user=bad
pour
counters
