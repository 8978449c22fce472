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
counters
