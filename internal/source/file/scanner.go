package file

import (
	"bytes"
	"io"
)

// room is the least free space that a read is offered, and zeroReads how often a reader may return nothing in a row.
const (
	room      = 32 << 10
	zeroReads = 100
)

// scanner cuts a stream into lines. It holds one chunk; take hands out what is there, fill reads more.
type scanner struct {
	src  io.Reader
	pool *pool
	max  int // longest line in bytes

	c     *chunk
	start int // the line that is not complete yet begins here
	pos   int // no '\n' lies between start and pos
	end   int // of the bytes read

	// A line longer than max keeps its first max bytes at start; what follows is counted and overwritten.
	cutting bool
	dropped int
	cr      bool // the last dropped byte was '\r'

	err   error // of src; io.EOF at its end
	count Count // since counted was called
	raw   int64 // Stored as of then
	// silent: count nothing but Stored, since the lines will be read again.
	silent bool
}

func newScanner(src io.Reader, p *pool, maxLine int) *scanner {
	return &scanner{src: src, pool: p, max: maxLine, c: p.chunk()}
}

// close lets go of the buffer.
func (s *scanner) close() {
	if s.c != nil {
		s.c.release()
		s.c = nil
	}
}

// take returns the next line that lies complete in the buffer, without its line end and possibly empty, and how many
// bytes were cut from it. The text is in s.c and stays until the next fill, or longer for who takes a reference. When
// there is none, fill is to be called.
//
// hot:
func (s *scanner) take() (text []byte, cut int, ok bool) {
	i := bytes.IndexByte(s.c.buf[s.pos:s.end], '\n')
	if s.cutting {
		return s.takeCut(i)
	}
	if i >= 0 {
		text = s.c.buf[s.start : s.pos+i]
		s.pos += i + 1
		s.start = s.pos
		text, cut = s.trim(text)
		return text, cut, true
	}
	s.pos = s.end
	if held := s.end - s.start; held > s.max+1 { // one more: it may be the '\r' of the line end
		s.cutting, s.dropped, s.cr = true, held-s.max, s.c.buf[s.end-1] == '\r'
	} else if s.err == io.EOF && held > 0 { //nolint:errorlint // fill compares and keeps the plain value
		text = s.c.buf[s.start:s.end]
		s.start = s.end
		text, cut = s.trim(text)
		return text, cut, true
	}
	if s.cutting && s.err == io.EOF { //nolint:errorlint // as above
		return s.takeCut(-1)
	}
	return nil, 0, false
}

// takeCut goes on with a line that is too long: i is where its '\n' lies behind pos, or -1.
func (s *scanner) takeCut(i int) (text []byte, cut int, ok bool) {
	n := i
	if i < 0 {
		n = s.end - s.pos
	}
	if n > 0 {
		s.dropped += n
		s.cr = s.c.buf[s.pos+n-1] == '\r'
	}
	s.pos += n
	if i < 0 && s.err != io.EOF { //nolint:errorlint // as above
		return nil, 0, false
	}
	text, cut = s.c.buf[s.start:s.start+s.max], s.dropped
	if s.cr {
		cut--
	}
	if i >= 0 {
		s.pos++
	}
	s.start, s.cutting, s.dropped, s.cr = s.pos, false, 0, false
	return text, cut, true
}

// trim takes one '\r' off the end and cuts the line to the limit.
func (s *scanner) trim(text []byte) ([]byte, int) {
	if n := len(text); n > 0 && text[n-1] == '\r' {
		text = text[:n-1]
	}
	if len(text) > s.max {
		return text[:s.max], len(text) - s.max
	}
	return text, 0
}

// fill reads once. It returns io.EOF when everything was taken, or the reader's error; bytes behind the last '\n' are
// then not a line, since nobody knows how it went on.
func (s *scanner) fill() error {
	if s.err != nil {
		return s.err
	}
	s.makeRoom()
	for range zeroReads {
		n, err := s.src.Read(s.c.buf[s.end:])
		s.end += n
		s.count.Bytes += int64(n)
		s.err = err
		if n > 0 || err == io.EOF {
			return nil // what came with the error is taken first
		}
		if err != nil {
			return err
		}
	}
	s.err = io.ErrNoProgress
	return s.err
}

// makeRoom finds space for a read: in place while nobody else refers to the chunk, in another one otherwise.
func (s *scanner) makeRoom() {
	if s.cutting {
		s.end = s.start + s.max // the rest is counted already
		s.pos = s.end
	}
	if s.start == s.end && s.c.refs.Load() == 1 {
		s.start, s.pos, s.end = 0, 0, 0
	}
	if len(s.c.buf)-s.end >= room {
		return
	}
	held := s.c.buf[s.start:s.end]
	to := s.c
	if s.c.refs.Load() != 1 {
		to = s.pool.chunk()
	}
	n := copy(to.buf, held)
	if to != s.c {
		s.c.release()
		s.c = to
	}
	s.start, s.pos, s.end = 0, n-(s.end-s.pos), n
}

// tally counts a line that is delivered.
func (s *scanner) tally(cut int) {
	s.count.Lines++
	if cut > 0 {
		s.count.Cut++
		s.count.CutBytes += int64(cut)
	}
}

// counted returns what was counted since the last call. raw is how many bytes were read before decompression.
func (s *scanner) counted(raw int64) Count {
	c := s.count
	if s.silent {
		c = Count{}
	}
	c.Stored = raw - s.raw
	s.count, s.raw = Count{}, raw
	return c
}
