package lapi

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// tokens makes and reads the tokens of machines: JWT by HS256, as CrowdSec's, with the machine's epoch added.
type tokens struct {
	key    []byte
	life   time.Duration
	now    func() time.Time
	parser *jwt.Parser
}

// claims are what a token says.
type claims struct {
	Machine string `json:"id"`
	Issued  int64  `json:"orig_iat"` // seconds, of the login; a renewed token keeps it
	Epoch   int64  `json:"epoch,omitempty"`
	Expires int64  `json:"exp"`
}

func newTokens(key []byte, life time.Duration, now func() time.Time) *tokens {
	return &tokens{key: key, life: life, now: now, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(now))}
}

// issue makes a token and says when it ends.
func (t *tokens) issue(machine string, epoch, issued int64) (string, time.Time, error) {
	now := t.now()
	if issued == 0 {
		issued = now.Unix()
	}
	ends := now.Add(t.life).UTC().Truncate(time.Second)
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{Machine: machine, Issued: issued, Epoch: epoch, Expires: ends.Unix()}).SignedString(t.key)
	return token, ends, err
}

// errToken is a token that says too little.
var errToken = errors.New("the token names no machine")

func (t *tokens) read(token string) (claims, error) {
	var c claims
	if _, err := t.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return t.key, nil }); err != nil {
		return claims{}, err
	}
	if c.Machine == "" {
		return claims{}, errToken
	}
	return c, nil
}

// GetExpirationTime is for the library, as are the others.
func (c claims) GetExpirationTime() (*jwt.NumericDate, error) {
	if c.Expires == 0 {
		return nil, nil
	}
	return jwt.NewNumericDate(time.Unix(c.Expires, 0)), nil
}

// GetIssuedAt returns none: the login may be long ago, and is never in question.
func (claims) GetIssuedAt() (*jwt.NumericDate, error) { return nil, nil }

// GetNotBefore returns none.
func (claims) GetNotBefore() (*jwt.NumericDate, error) { return nil, nil }

// GetIssuer returns none.
func (claims) GetIssuer() (string, error) { return "", nil }

// GetSubject returns none.
func (claims) GetSubject() (string, error) { return "", nil }

// GetAudience returns none.
func (claims) GetAudience() (jwt.ClaimStrings, error) { return nil, nil }
