type: leaky
name: t/leaky
description: three times the leak after its last event
filter: evt.Meta.kind == 'leaky'
capacity: 2
leakspeed: 10s
distinct: evt.Meta.user
---
type: bayesian
name: t/bayes
description: one leak after its last event
filter: evt.Meta.kind == 'bayes'
leakspeed: 10s
capacity: -1
bayesian_prior: 0.5
bayesian_threshold: 0.9
bayesian_conditions:
- {condition: len(queue.Queue) == 2, prob_given_evil: 1, prob_given_benign: 0}
- {condition: evt.Unmarshaled.no.such == 1, prob_given_evil: 0, prob_given_benign: 1}
----
pour kind=leaky user=a
sleep 30s
# alive at the last moment: a is known
pour kind=leaky user=a
# and a refused event does not lengthen the life
sleep 1ns
pour kind=leaky user=a
counters
> poured 2
> duplicates 1
> created 2
> underflowed 1
> live 1
pour kind=bayes
sleep 10001ms
pour kind=bayes
sleep 10s
pour kind=bayes
> t/bayes Ip:192.0.2.1 events=2 stop=12:00:50 lines=[5@1.0 6@2.0] the probability of evil is 1.000 after 2 events, above 0.900
counters
> poured 5
> duplicates 1
> created 4
> overflowed 1
> underflowed 2
> expr_errors 3
> live 1
