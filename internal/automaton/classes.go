package automaton

import (
	"slices"
	"unicode"
)

// runeSets are the different sets of runes of a program. A set is a sorted list of pairs, first and last rune.
type runeSets struct {
	list   [][]rune
	index  map[string]uint32
	ranges int
}

// number is the index of a set, the same for equal sets.
func (s *runeSets) number(set []rune) (uint32, error) {
	key := exact(set)
	if n, ok := s.index[key]; ok {
		return n, nil
	}
	if s.ranges += len(set) / 2; s.ranges > maxRanges {
		return 0, ErrTooLarge
	}
	n := small(len(s.list))
	s.list = append(s.list, set)
	s.index[key] = n
	return n, nil
}

// exact writes a set as text; a string of the runes themselves would make all surrogates one.
func exact(set []rune) string {
	b := make([]byte, 0, 4*len(set))
	for _, r := range set {
		b = append(b, byte(r>>16), byte(r>>8), byte(r)) //nolint:gosec // a rune has three bytes
	}
	return string(b)
}

// orbit is the set of all runes that are equal to r but for their case.
func orbit(r rune) []rune {
	all := []rune{r}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		all = append(all, f)
	}
	slices.Sort(all)
	set := make([]rune, 0, 2*len(all))
	for _, f := range all {
		set = append(set, f, f)
	}
	return set
}

// classes split all runes into as few classes as a program needs: two runes of a class are in the same sets.
type classes struct {
	from  []rune   // the first rune of each interval, ascending from 0
	class []uint16 // the class of each interval
	n     int      // how many classes there are
}

// of is the class of a rune.
func (c *classes) of(r rune) uint16 {
	lo, hi := 0, len(c.from)
	for hi-lo > 1 {
		mid := int(uint(lo+hi) / 2)
		if c.from[mid] <= r {
			lo = mid
		} else {
			hi = mid
		}
	}
	return c.class[lo]
}

// split makes the classes of some sets.
func split(sets [][]rune) (*classes, error) {
	from := []rune{0}
	for _, set := range sets {
		for i := 0; i+1 < len(set); i += 2 {
			from = append(from, set[i])
			if set[i+1] < unicode.MaxRune {
				from = append(from, set[i+1]+1)
			}
		}
	}
	slices.Sort(from)
	from = slices.Compact(from)
	label := make([]int, len(from)) // all runes are alike until a set tells them apart
	labels, work := 1, 0
	for _, set := range sets {
		moved := map[int]int{}
		for i := 0; i+1 < len(set); i += 2 {
			at, _ := slices.BinarySearch(from, set[i])
			for ; at < len(from) && from[at] <= set[i+1]; at++ {
				to, ok := moved[label[at]]
				if !ok {
					to = labels
					moved[label[at]] = to
					labels++
				}
				label[at] = to
				work++
			}
		}
		if work > maxWork {
			return nil, ErrTooLarge
		}
	}
	return compact(from, label)
}

// compact numbers the classes from 0 and joins neighbours of one class.
func compact(from []rune, label []int) (*classes, error) {
	c := &classes{}
	number := map[int]uint16{}
	for i, l := range label {
		n, ok := number[l]
		if !ok {
			if len(number) == maxClasses {
				return nil, ErrTooLarge
			}
			n = uint16(len(number)) //nolint:gosec // below maxClasses
			number[l] = n
		}
		if k := len(c.class); k > 0 && c.class[k-1] == n {
			continue
		}
		c.from = append(c.from, from[i])
		c.class = append(c.class, n)
	}
	c.n = len(number)
	return c, nil
}
