type: bayesian
name: t/bayesian
description: signs that add up
filter: "true"
groupby: evt.Meta.source_ip
leakspeed: 30s
capacity: -1
bayesian_prior: 0.5
bayesian_threshold: 0.8
bayesian_conditions:
- condition: any(queue.Queue, {.Meta.http_path == '/'})
  prob_given_evil: 0.8
  prob_given_benign: 0.2
- condition: any(queue.Queue, {Upper(.Meta.user) == 'ADMIN'})
  prob_given_evil: 0.9
  prob_given_benign: 0.5
  guillotine: true
----
pour http_path=/x
pour http_path=/
pour user=admin
> t/bayesian Ip:192.0.2.1 events=3 stop=12:00:00 lines=[1@1.0 2@2.0 3@3.0] the probability of evil is 0.878 after 3 events, above 0.800
counters
> poured 3
> created 1
> overflowed 1
