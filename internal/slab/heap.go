package slab

// Heap keeps numbers in an order that may change under it. It belongs to one goroutine.
type Heap struct {
	// Less orders numbers.
	Less func(a, b uint32) bool
	// Place leads to where the Heap notes a number's place: 0 when the number is not in it.
	Place func(n uint32) *uint32

	items []uint32
}

// Len is how many numbers are in the heap.
func (h *Heap) Len() int { return len(h.items) }

// First returns the number before all others. The heap must not be empty.
func (h *Heap) First() uint32 { return h.items[0] }

// Fix puts a number into its place: one that is new, or one whose order changed.
func (h *Heap) Fix(n uint32) {
	p := h.Place(n)
	if *p == 0 {
		h.items = append(h.items, n)
		*p = uint32(len(h.items)) //nolint:gosec // no more than numbers
	}
	i := int(*p) - 1
	if !h.up(i) {
		h.down(i)
	}
}

// Remove takes a number out, if it is in.
func (h *Heap) Remove(n uint32) {
	p := h.Place(n)
	if *p == 0 {
		return
	}
	i, last := int(*p)-1, len(h.items)-1
	h.swap(i, last)
	h.items = h.items[:last]
	*p = 0
	if i < last && !h.up(i) {
		h.down(i)
	}
}

// up moves an item towards the first as far as it must go, and reports whether it moved.
func (h *Heap) up(i int) bool {
	from := i
	for i > 0 && h.Less(h.items[i], h.items[(i-1)/2]) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
	return i != from
}

func (h *Heap) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.items); child++ {
			if h.Less(h.items[child], h.items[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}

func (h *Heap) swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	*h.Place(h.items[i]), *h.Place(h.items[j]) = uint32(i+1), uint32(j+1) //nolint:gosec // no more than numbers
}

// Bytes is how much memory the heap takes.
func (h *Heap) Bytes() int { return 4 * cap(h.items) }
