// Package file reads log files: plain or gzip, and standard input. For now it reads them once, from the first byte to
// the last, for `tocsin replay`; it does not follow files that grow. Start with [Replay]; [Merge] orders the lines of
// several files by their time.
//
// # What a line is
//
// Only '\n' ends a line. One '\r' right before it is the rest of a CRLF line end and is not part of the line, since
// rules anchor their patterns with $; any other byte, '\r', NUL and invalid UTF-8 included, is kept as it is. Bytes
// behind the last '\n' of a file are a line too, and a line never goes on in the next file. Empty lines are counted and
// not delivered. A line longer than the limit is cut to it; what was dropped is in [tocsin.Line.Cut] and in [Count].
//
// # Memory
//
// Lines point into buffers that are used again after the batches that refer to them are done, so their number is that
// of the batches that the receiver holds. Neither a line without end nor a gzip bomb makes a buffer grow.
package file
