package bucket

// lookAhead is how many buckets are looked for together.
const lookAhead = 8

// LookAhead looks for the buckets of the matches that will be poured next. Pour finds them without it, but what a bucket
// consists of lies anywhere in memory: when the pieces of several buckets are read one behind the other, the waits for
// them overlap. It changes nothing, and what is poured meanwhile may be anything; but a match must not be given another
// key or scenario after it.
//
// hot:
func (s *Store) LookAhead(matches []Match) {
	if len(matches) < 2 {
		return
	}
	for len(matches) > lookAhead {
		s.lookAhead(matches[:lookAhead])
		matches = matches[lookAhead:]
	}
	s.lookAhead(matches)
}

func (s *Store) lookAhead(matches []Match) {
	touched := uint32(0)
	for i := range matches {
		m := &matches[i]
		m.id, m.looked = s.idOf(m.Scenario, cut(m.Key, MaxKey)), true
		touched += s.index.Touch(m.id.Hash())
	}
	for i := range matches {
		probe := s.index.Seek(matches[i].id.Hash())
		matches[i].bucket = probe.Next()
	}
	var more [lookAhead]uint32
	for i := range matches {
		if n := matches[i].bucket; n != 0 {
			more[i] = s.records.At(n).more
		}
	}
	for _, n := range more {
		if n != 0 {
			touched += s.histories.At(n).entries
		}
	}
	s.touched = touched
}

// identify says which bucket a match is for. What was looked for ahead may have gone since, or be another one by now.
func (s *Store) identify(p *pour) {
	if !p.m.looked {
		p.id = s.idOf(p.sc, p.key)
		return
	}
	p.id = p.m.id
	if n := p.m.bucket; n != 0 && s.isOf(s.records.At(n), p) {
		p.bucket = n
	}
}

// isOf reports whether a record is the live bucket that an event goes to.
func (s *Store) isOf(r *record, p *pour) bool {
	return int(r.scenario) == p.sc.Index && string(s.keyOf(r)) == p.key
}
