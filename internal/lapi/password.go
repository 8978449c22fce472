package lapi

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// What a new password costs: OWASP's second choice for argon2id, 19 MiB and 2 passes, about 25 ms.
const (
	argonMemory = 19 << 10 // KiB
	argonTime   = 2
	argonSalt   = 16
	argonKey    = 32
)

// What a hash that somebody else made may cost us.
const (
	maxArgonMemory = 256 << 10
	maxArgonTime   = 16
	maxBcryptCost  = 14
)

// HashPassword makes the PHC string of a new password by argon2id.
func HashPassword(password string) (string, error) {
	var salt [argonSalt]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return "", err
	}
	key := argon2.IDKey([]byte(password), salt[:], argonTime, argonMemory, 1, argonKey)
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, argonMemory, argonTime, b.EncodeToString(salt[:]), b.EncodeToString(key)), nil
}

// passwords checks passwords, few at a time, because each takes memory and time on purpose.
type passwords struct {
	turn  chan struct{}
	dummy string // the hash of nothing, for machines that do not exist
}

func newPasswords() *passwords {
	const atATime = 2
	// Its parameters are those of real ones; nothing has this key.
	dummy := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, argonMemory, argonTime,
		strings.Repeat("A", base64.RawStdEncoding.EncodedLen(argonSalt)), strings.Repeat("A", base64.RawStdEncoding.EncodedLen(argonKey)))
	return &passwords{turn: make(chan struct{}, atATime), dummy: dummy}
}

// check reports whether a password belongs to a hash. An empty hash is nobody's, and takes as long as another.
func (p *passwords) check(ctx context.Context, hash, password string) (bool, error) {
	if err := p.wait(ctx); err != nil {
		return false, err
	}
	defer func() { <-p.turn }()
	known := hash != ""
	if !known {
		hash = p.dummy
	}
	ok, err := verify(hash, password)
	return ok && known, err
}

// hash makes a new hash when it is its turn.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	if err := p.wait(ctx); err != nil {
		return "", err
	}
	defer func() { <-p.turn }()
	return HashPassword(password)
}

func (p *passwords) wait(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errHash = errors.New("the machine's password hash is damaged: give it a new password")

func verify(hash, password string) (bool, error) {
	if strings.HasPrefix(hash, "$2") {
		cost, err := bcrypt.Cost([]byte(hash))
		if err != nil || cost > maxBcryptCost {
			return false, errHash
		}
		return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil, nil
	}
	var version, memory, time, threads int
	part := strings.Split(hash, "$") // "", argon2id, v=19, m=..,t=..,p=.., salt, key
	if len(part) != 6 || part[1] != "argon2id" {
		return false, errHash
	}
	if _, err := fmt.Sscanf(part[2]+" "+part[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &time, &threads); err != nil || version != argon2.Version ||
		memory < 8 || memory > maxArgonMemory || time < 1 || time > maxArgonTime || threads < 1 || threads > 16 {
		return false, errHash
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(part[4])
	want, err2 := base64.RawStdEncoding.DecodeString(part[5])
	if err1 != nil || err2 != nil || len(want) < 16 || len(want) > 64 {
		return false, errHash
	}
	got := argon2.IDKey([]byte(password), salt, uint32(time), uint32(memory), uint8(threads), uint32(len(want))) //nolint:gosec // all are in bounds
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
