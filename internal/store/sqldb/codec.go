package sqldb

import (
	"fmt"

	"github.com/klauspost/compress/zstd"

	"tocsin.example/internal/store"
)

// A packed text begins with a byte that says how.
const (
	packedPlain = 0
	packedZstd  = 1
)

// maxPacked bounds what a packed text may become, against a damaged or forged one.
const maxPacked = 256 << 20

// packer compresses what alerts carry. It may be used by many goroutines.
type packer struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newPacker() (*packer, error) {
	// Small windows: alerts are kilobytes, and what an encoder holds it holds for good.
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(64<<10),
		zstd.WithEncoderConcurrency(2), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("make a compressor: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxPacked))
	if err != nil {
		return nil, fmt.Errorf("make a decompressor: %w", err)
	}
	return &packer{enc, dec}, nil
}

func (p *packer) close() {
	_ = p.enc.Close()
	p.dec.Close()
}

// pack makes a text shorter if it can be. nil stays nil.
func (p *packer) pack(b []byte) []byte {
	if b == nil {
		return nil
	}
	if len(b) >= 128 {
		out := p.enc.EncodeAll(b, append(make([]byte, 0, len(b)/2), packedZstd))
		if len(out) < len(b) {
			return out
		}
	}
	return append([]byte{packedPlain}, b...)
}

// unpack undoes pack.
func (p *packer) unpack(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, nil
	}
	switch b[0] {
	case packedPlain:
		return b[1:], nil
	case packedZstd:
		out, err := p.dec.DecodeAll(b[1:], nil)
		if err != nil {
			return nil, fmt.Errorf("%w: unpack an alert: %w", store.ErrCorrupt, err)
		}
		return out, nil
	}
	return nil, fmt.Errorf("%w: an alert is packed in a way that is not known (%d)", store.ErrCorrupt, b[0])
}
