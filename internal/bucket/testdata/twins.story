type: leaky
name: t/twin
description: documents of one name
filter: "true"
capacity: 1
leakspeed: 1s
---
type: leaky
name: t/twin
description: share no bucket
filter: "true"
capacity: 2
leakspeed: 1s
----
pour x3
