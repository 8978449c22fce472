package slab

import "encoding/binary"

// MaxText bounds a text in a Texts, in bytes.
const MaxText = 4096

// textChunk is about how many bytes a size of cells grows by.
const textChunk = 64 << 10

// classBits is how many bits of a text's number say how large its cell is.
const classBits = 4

// cellSizes are the sizes of cells. A text lies in the smallest that has room for it.
var cellSizes = [...]int{24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, MaxText}

// Texts holds texts of at most MaxText bytes under numbers. The caller remembers their lengths. Its zero value is empty.
// It belongs to one goroutine.
type Texts struct {
	cells [len(cellSizes)]cells
}

// cells are the cells of one size.
type cells struct {
	chunks [][]byte
	used   uint32 // the highest index that was ever given out
	free   uint32 // the first of the freed cells, whose first four bytes lead to the next
}

// Put copies a text in and returns its number. Of a text over MaxText bytes it takes the beginning.
func (t *Texts) Put(text string) uint32 {
	text = text[:min(len(text), MaxText)]
	class := 0
	for cellSizes[class] < len(text) {
		class++
	}
	c, size := &t.cells[class], cellSizes[class]
	index := c.free
	if index != 0 {
		c.free = binary.LittleEndian.Uint32(c.at(index, size))
	} else {
		c.used++
		index = c.used
		if per := textChunk / size; int(index)/per >= len(c.chunks) {
			c.chunks = append(c.chunks, make([]byte, per*size))
		}
	}
	copy(c.at(index, size), text)
	return index<<classBits | uint32(class)
}

// At returns the first n bytes of a text, which the caller must not change. They are good until the text is freed.
func (t *Texts) At(n uint32, length int) []byte {
	class := n & (1<<classBits - 1)
	return t.cells[class].at(n>>classBits, cellSizes[class])[:length]
}

// Free gives the room of a text back.
func (t *Texts) Free(n uint32) {
	class := n & (1<<classBits - 1)
	c := &t.cells[class]
	b := c.at(n>>classBits, cellSizes[class])
	binary.LittleEndian.PutUint32(b, c.free)
	c.free = n >> classBits
}

func (c *cells) at(index uint32, size int) []byte {
	per := textChunk / size
	return c.chunks[int(index)/per][int(index)%per*size:][:size:size]
}

// Bytes is how much memory the texts take.
func (t *Texts) Bytes() int {
	n := 0
	for i := range t.cells {
		for _, chunk := range t.cells[i].chunks {
			n += len(chunk)
		}
	}
	return n
}
