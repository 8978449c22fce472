type: leaky
name: t/cache
description: counts all, keeps two and one
filter: "true"
capacity: 5
leakspeed: 1s
cache_size: 2
----
pour x6
